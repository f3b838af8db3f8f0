//! What every builder can do, beside its own setters.

/// Adds `timeout`, `send`, `send_with_response` and `.await` to a builder that is `at` a handle.
macro_rules! call {
    ($builder:ident -> $answer:ty, $self:ident => $call:expr) => {
        impl $builder {
            /// Limits each attempt of this call, from connecting to the last byte of the answer.
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.at.client = self.at.client.with_timeout(timeout);
                self
            }

            /// Sends the request.
            ///
            /// # Errors
            ///
            /// [`Error::Api`](crate::Error::Api) when the server refuses, [`Error::Transport`](crate::Error::Transport)
            /// when no complete answer came, [`Error::Decode`](crate::Error::Decode) when it could not be understood,
            /// [`Error::Encode`](crate::Error::Encode) when the request could not be built.
            pub async fn send(self) -> Result<$answer, crate::Error> {
                Ok(self.send_with_response().await?.into_inner())
            }

            /// Sends the request, and gives the status and headers of the answer too.
            ///
            /// # Errors
            ///
            /// As [`send`](Self::send).
            pub async fn send_with_response($self) -> Result<crate::Response<$answer>, crate::Error> {
                $call.await
            }
        }

        impl std::future::IntoFuture for $builder {
            type Output = Result<$answer, crate::Error>;
            type IntoFuture = crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// The same for a list, whose answer is a page, and which can be streamed.
macro_rules! list_call {
    ($builder:ident -> $item:ty, $listing:ident.$items:ident, $operation:ident, $most:literal, $self:ident => $call:expr) => {
        impl $builder {
            /// Most items that are given out, all unless set: by the stream, or by the first page and those after it
            /// together. Where no page size is set, no page is larger than the limit.
            pub fn limit(mut self, limit: usize) -> Self {
                self.limit = Some(limit);
                self
            }

            /// All items, page after page, as they are asked for.
            pub fn stream(self) -> crate::ItemStream<$item> {
                let limit = self.limit;
                crate::ItemStream::new(Box::pin(self.send()), limit)
            }

            async fn listing($self) -> Result<crate::Response<$listing>, crate::Error> {
                $call.await
            }
        }

        crate::call::call!($builder -> crate::Page<$item>, $self => async {
            let mut builder = $self;
            let (client, limit) = (builder.at.client.clone(), builder.limit);
            builder.params.page_size = crate::page::page_size_for(limit, builder.params.page_size, $most);
            let answer = builder.listing().await?;
            Ok(crate::Page::new(client, &$operation, answer).map(|page| page.limited(limit)))
        });

        impl crate::page::Listing for $listing {
            type Item = $item;

            fn into_parts(self) -> (Vec<$item>, Option<crate::types::v1::PageMeta>) {
                (self.$items.unwrap_or_default(), self.meta)
            }
        }
    };
}

pub(crate) use {call, list_call};
