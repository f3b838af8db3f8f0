//! Calls of what `spec/v1/credential.yaml` describes. Written by `cargo xtask bless`.

use twilio_conversations_client::types::{CredentialSid};

use super::super::{Case, answer, page, params, request, sid};

pub(super) const CALLS: &[Case] = &[
    Case {
        operation: "CreateCredential",
        sample: "create",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_credential(
                        &request("CreateCredential", "create"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credentials()
                    .create("apn")
                    .friendly_name("Apple, test app")
                    .certificate("-----BEGIN CERTIFICATE----- MIIB -----END CERTIFICATE-----")
                    .private_key("-----BEGIN RSA PRIVATE KEY----- MIIB -----END RSA PRIVATE KEY-----")
                    .sandbox(true)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateCredential",
        sample: "createFcm",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_credential(
                        &request("CreateCredential", "createFcm"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credentials()
                    .create("fcm")
                    .friendly_name("Firebase")
                    .secret("a-server-key")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "CreateCredential",
        sample: "createGcm",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .create_credential(
                        &request("CreateCredential", "createGcm"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credentials()
                    .create("gcm")
                    .friendly_name("Google")
                    .api_key("an-api-key")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "ListCredential",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .list_credential(
                        &params("ListCredential"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            page(
                client
                    .credentials()
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
        operation: "FetchCredential",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .fetch_credential(
                        &sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credential(sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .fetch()
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateCredential",
        sample: "update",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_credential(
                        &sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateCredential", "update"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credential(sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .friendly_name("Apple, real app")
                    .type_("apn")
                    .certificate("-----BEGIN CERTIFICATE----- MIIC -----END CERTIFICATE-----")
                    .private_key("-----BEGIN RSA PRIVATE KEY----- MIIC -----END RSA PRIVATE KEY-----")
                    .sandbox(false)
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateCredential",
        sample: "updateFcm",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_credential(
                        &sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateCredential", "updateFcm"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credential(sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .secret("another-server-key")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "UpdateCredential",
        sample: "updateGcm",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .update_credential(
                        &sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                        &request("UpdateCredential", "updateGcm"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credential(sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .update()
                    .api_key("another-api-key")
                    .send_with_response()
                    .await,
            )
        }),
    },
    Case {
        operation: "DeleteCredential",
        sample: "",
        positional: |client, _| Box::pin(async move {
            answer(
                client
                    .delete_credential(
                        &sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
                    )
                    .await,
            )
        }),
        builder: |client| Box::pin(async move {
            answer(
                client
                    .credential(sid::<CredentialSid>("CRaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"))
                    .delete()
                    .send_with_response()
                    .await,
            )
        }),
    },
];
