//! The methods that every builder has beside its own setters.
//!
//! The code of a call is marked `#[inline]`: it is compiled in the crate that makes the call, and only for the operations
//! that are called. Otherwise each program would wait for the code of all of them.

/// Adds `timeout`, `max_response_size`, `send`, `send_with_response` and `.await` to a builder that is `at` a handle. A
/// builder of two operations has a second call, for handles whose scope matches the pattern.
macro_rules! call {
    ($builder:ident -> $value:ty, $self:ident => $call:expr $(, $scope:pat => $scoped:expr)?) => {
        impl $builder {
            /// Limits the time of each attempt of this call, from connecting to the last byte of the response.
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.at.client = self.at.client.with_timeout(timeout);
                self
            }

            /// Limits the response body of this call to so many bytes.
            ///
            /// A larger one is an [`Error::Transport`](crate::Error::Transport) that keeps its beginning.
            pub fn max_response_size(mut self, bytes: usize) -> Self {
                self.at.client = self.at.client.with_max_response_size(bytes);
                self
            }

            /// Sends the request and returns the decoded response.
            ///
            /// # Errors
            ///
            /// [`Error::Api`](crate::Error::Api) when the server responds with an error,
            /// [`Error::Transport`](crate::Error::Transport) when no complete response arrived,
            /// [`Error::Decode`](crate::Error::Decode) when it could not be decoded,
            /// [`Error::Encode`](crate::Error::Encode) when the request could not be built.
            #[inline]
            pub async fn send(self) -> Result<$value, crate::Error> {
                Ok(self.send_with_response().await?.into_inner())
            }

            /// Sends the request and returns the decoded response with its status and headers.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            #[inline]
            pub async fn send_with_response($self) -> Result<crate::Response<$value>, crate::Error> {
                $(if let $scope = &$self.at.scope {
                    return $scoped.await;
                })?
                $call.await
            }
        }

        impl std::future::IntoFuture for $builder {
            type Output = Result<$value, crate::Error>;
            type IntoFuture = crate::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// The same for a list, whose response is a page, and which can be streamed.
macro_rules! list_call {
    (
        $builder:ident -> $item:ty,
        $listing:ident.$items:ident,
        $operation:ident $(| $scoped_operation:ident)?,
        $most:literal,
        $self:ident => $call:expr
        $(, $scope:pat => $scoped:expr)?
    ) => {
        impl $builder {
            /// Limits the number of items: of the stream, or of the first page and those after it together. Unlimited
            /// unless set. Where no page size is set, no page is larger than the limit.
            pub fn limit(mut self, limit: usize) -> Self {
                self.limit = Some(limit);
                self
            }

            /// Streams all items, page after page, each page when its items are needed.
            #[inline]
            pub fn stream(self) -> crate::ItemStream<$item> {
                let limit = self.limit;
                crate::ItemStream::new(Box::pin(self.send()), limit)
            }

            #[inline]
            async fn listing(
                $self,
            ) -> Result<(&'static crate::Operation, crate::Response<$listing>), crate::Error> {
                $(if let $scope = &$self.at.scope {
                    return Ok((&$scoped_operation, $scoped.await?));
                })?
                Ok((&$operation, $call.await?))
            }
        }

        crate::call::call!($builder -> crate::Page<$item>, $self => async {
            let mut builder = $self;
            let (client, limit) = (builder.at.client.clone(), builder.limit);
            builder.params.page_size = crate::page::page_size_for(limit, builder.params.page_size, $most);
            let (operation, response) = builder.listing().await?;
            Ok(crate::Page::new(client, operation, response).map(|page| page.limited(limit)))
        });

        impl crate::page::Listing for $listing {
            type Item = $item;

            fn into_parts(self) -> (Vec<$item>, Option<crate::types::v1::PageMeta>) {
                (self.$items, self.meta)
            }
        }
    };
}

pub(crate) use {call, list_call};
