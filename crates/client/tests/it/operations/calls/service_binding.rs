//! Calls of what `spec/v1/service_binding.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{BindingSid, ServiceSid};

use super::super::{Case, answer, page, params, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "ListServiceBinding",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service_binding(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &params("ListServiceBinding"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .bindings()
                    .list()
                    .binding_type(["apn"])
                    .identity(["50% of a & b = ü + /?"])
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchServiceBinding",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service_binding(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<BindingSid>("BSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .binding(sid::<BindingSid>("BSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteServiceBinding",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_service_binding(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &sid::<BindingSid>("BSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .binding(sid::<BindingSid>("BSaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
