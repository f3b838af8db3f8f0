//! Calls of what `spec/v1/service.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{ServiceSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateService",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_service(
                        &request("CreateService", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .services()
                    .create("My new service")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListService",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_service(
                        &params("ListService"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .services()
                    .list()
                    .page_size(7)
                    .page(7)
                    .page_token("50% of a & b = ü + /?")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "FetchService",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_service(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteService",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_service(
                        &sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .service(sid::<ServiceSid>("ISaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
