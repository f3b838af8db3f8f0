//! Which function handles which operation, and which codes are more specific than 20001.

use super::*;
use crate::call::{Call, Reply};
use crate::render::Item;

/// Handles a request that fits the specification.
pub(crate) type Handler = fn(&mut Call<'_>) -> Result<Reply, Stop>;

/// Operations that answer one kind of item, and what the emulator must know of them beside the specification.
pub(crate) struct Resource {
    /// What the ids of its operations are made of, after the verb. One handler serves the paths with and without a
    /// service.
    pub(crate) objects: &'static [&'static str],
    /// The verbs that ids begin with, and what handles each.
    pub(super) verbs: &'static [(&'static str, Handler)],
    /// The verbs that chat users have. What concerns the account, a service or webhooks is for REST alone.
    pub(crate) for_chat_users: &'static [&'static str],
    /// Whether its paths without a service act on the account's default one.
    pub(crate) of_service: bool,
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the specification"))]
    pub(crate) item: ItemType,
}

/// What a type of items writes.
#[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the specification"))]
pub(crate) struct ItemType {
    /// Path of the type, which ends in the name of its file and its own.
    pub(crate) name: fn() -> &'static str,
    pub(crate) properties: fn() -> &'static [&'static str],
}

impl ItemType {
    const fn of<T: Item>() -> Self {
        Self { name: std::any::type_name::<T>, properties: T::names }
    }
}

/// The verbs of a resource that chat users have entirely, or not at all.
const ALL: &[&str] = &["Create", "Fetch", "Update", "List", "Delete"];
const NONE: &[&str] = &[];

/// Every operation. Tests compare it with the specification, both ways.
pub(crate) static RESOURCES: &[Resource] = &[
    Resource {
        objects: &["Configuration"],
        verbs: &[("Fetch", configuration::fetch), ("Update", configuration::update)],
        for_chat_users: NONE,
        of_service: false,
        item: ItemType::of::<configuration::Configuration>(),
    },
    Resource {
        objects: &["ConfigurationAddress"],
        verbs: &[
            ("Create", address::create),
            ("Fetch", address::fetch),
            ("Update", address::update),
            ("List", address::list),
            ("Delete", address::delete),
        ],
        for_chat_users: NONE,
        of_service: false,
        item: ItemType::of::<address::Address>(),
    },
    Resource {
        objects: &["ConfigurationWebhook"],
        verbs: &[
            ("Fetch", webhook_configuration::fetch_of_account),
            ("Update", webhook_configuration::update_of_account),
        ],
        for_chat_users: NONE,
        of_service: false,
        item: ItemType::of::<webhook_configuration::WebhookConfiguration>(),
    },
    Resource {
        objects: &["ServiceWebhookConfiguration"],
        verbs: &[
            ("Fetch", webhook_configuration::fetch_of_service),
            ("Update", webhook_configuration::update_of_service),
        ],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<webhook_configuration::WebhookConfiguration>(),
    },
    Resource {
        objects: &["Conversation", "ServiceConversation"],
        verbs: &[
            ("Create", conversation::create),
            ("Fetch", conversation::fetch),
            ("Update", conversation::update),
            ("List", conversation::list),
            ("Delete", conversation::delete),
        ],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<conversation::Conversation>(),
    },
    Resource {
        objects: &["ConversationWithParticipants", "ServiceConversationWithParticipants"],
        verbs: &[("Create", conversation_with_participants::create)],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<conversation::Conversation>(),
    },
    Resource {
        objects: &["ConversationMessage", "ServiceConversationMessage"],
        verbs: &[
            ("Create", message::create),
            ("Fetch", message::fetch),
            ("Update", message::update),
            ("List", message::list),
            ("Delete", message::delete),
        ],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<message::Message>(),
    },
    Resource {
        objects: &["ConversationMessageReceipt", "ServiceConversationMessageReceipt"],
        verbs: &[("Fetch", receipt::fetch), ("List", receipt::list)],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<receipt::Receipt>(),
    },
    Resource {
        objects: &["ConversationParticipant", "ServiceConversationParticipant"],
        verbs: &[
            ("Create", participant::create),
            ("Fetch", participant::fetch),
            ("Update", participant::update),
            ("List", participant::list),
            ("Delete", participant::delete),
        ],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<participant::Participant>(),
    },
    Resource {
        objects: &["ConversationScopedWebhook", "ServiceConversationScopedWebhook"],
        verbs: &[
            ("Create", scoped_webhook::create),
            ("Fetch", scoped_webhook::fetch),
            ("Update", scoped_webhook::update),
            ("List", scoped_webhook::list),
            ("Delete", scoped_webhook::delete),
        ],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<scoped_webhook::ScopedWebhook>(),
    },
    Resource {
        objects: &["Credential"],
        verbs: &[
            ("Create", credential::create),
            ("Fetch", credential::fetch),
            ("Update", credential::update),
            ("List", credential::list),
            ("Delete", credential::delete),
        ],
        for_chat_users: NONE,
        of_service: false,
        item: ItemType::of::<credential::Credential>(),
    },
    Resource {
        objects: &["ParticipantConversation", "ServiceParticipantConversation"],
        verbs: &[("List", participant_conversation::list)],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<participant_conversation::ParticipantConversation>(),
    },
    Resource {
        objects: &["Role", "ServiceRole"],
        verbs: &[
            ("Create", role::create),
            ("Fetch", role::fetch),
            ("Update", role::update),
            ("List", role::list),
            ("Delete", role::delete),
        ],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<role::Role>(),
    },
    Resource {
        objects: &["Service"],
        verbs: &[
            ("Create", service::create_service),
            ("Fetch", service::fetch),
            ("List", service::list),
            ("Delete", service::delete),
        ],
        for_chat_users: NONE,
        of_service: false,
        item: ItemType::of::<service::Service>(),
    },
    Resource {
        objects: &["ServiceBinding"],
        verbs: &[("Fetch", binding::fetch), ("List", binding::list), ("Delete", binding::delete)],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<binding::Binding>(),
    },
    Resource {
        objects: &["ServiceConfiguration"],
        verbs: &[("Fetch", service_configuration::fetch), ("Update", service_configuration::update)],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<service_configuration::ServiceConfiguration>(),
    },
    Resource {
        objects: &["ServiceNotification"],
        verbs: &[("Fetch", notification::fetch), ("Update", notification::update)],
        for_chat_users: NONE,
        of_service: true,
        item: ItemType::of::<notification::ServiceNotification>(),
    },
    Resource {
        objects: &["User", "ServiceUser"],
        verbs: &[
            ("Create", user::create),
            ("Fetch", user::fetch),
            ("Update", user::update),
            ("List", user::list),
            ("Delete", user::delete),
        ],
        for_chat_users: &["Fetch", "Update"],
        of_service: true,
        item: ItemType::of::<user::User>(),
    },
    Resource {
        objects: &["UserConversation", "ServiceUserConversation"],
        verbs: &[
            ("Fetch", user_conversation::fetch),
            ("Update", user_conversation::update),
            ("List", user_conversation::list),
            ("Delete", user_conversation::delete),
        ],
        for_chat_users: ALL,
        of_service: true,
        item: ItemType::of::<user_conversation::UserConversation>(),
    },
];

/// The resource and the handler of an operation.
pub(crate) fn handler(operation: &str) -> Option<(&'static Resource, Handler)> {
    RESOURCES.iter().find_map(|resource| {
        let (_, handler) = resource
            .verbs
            .iter()
            .find(|(verb, _)| operation.strip_prefix(verb).is_some_and(|object| resource.objects.contains(&object)))?;
        Some((resource, *handler))
    })
}

/// Handles an operation that [`RESOURCES`] does not have.
pub(crate) fn unimplemented(call: &mut Call<'_>) -> Result<Reply, Stop> {
    let operation = call.input.operation;
    let problem = operation.problem.as_deref().unwrap_or_default();
    Err(Refusal::unimplemented(format_args!("the operation {}: {problem}", operation.id)).into())
}

impl Resource {
    /// Whether chat users have an operation of this resource at all.
    pub(crate) fn is_for_chat_users(&self, operation: &str) -> bool {
        self.for_chat_users.iter().any(|verb| operation.starts_with(verb))
    }

    /// Whether a parameter is accepted and has no effect.
    pub(crate) fn ignores(&self, field: &str) -> bool {
        WITHOUT_EFFECT.iter().any(|(object, name)| self.objects.contains(object) && *name == field)
    }

    /// The code for a parameter that is missing, empty, or not what the specification says, where the vendor has one
    /// that says more than 20001.
    pub(crate) fn specific_code(&self, field: &str, empty: bool) -> Option<u32> {
        self.code(field).map(|(when_empty, code)| if empty { when_empty } else { code })
    }

    /// The codes for a parameter without a value and with a wrong one. A test names a parameter that has codes in one
    /// resource and is not decided on here for another: those with 20001 are in `WITH_20001`.
    pub(super) fn code(&self, field: &str) -> Option<(u32, u32)> {
        Some(match (field, *self.objects.first()?) {
            ("Method", "ConfigurationWebhook" | "ServiceWebhookConfiguration") => (50055, 50055),
            ("State", "Conversation" | "ConversationWithParticipants") => (50374, 50378),
            ("Identity", "User") => (50204, 50204),
            ("Target", "ConversationScopedWebhook") => (50368, 50364),
            ("Configuration.Filters", "ConversationScopedWebhook") => (50365, 50365),
            ("Configuration.FlowSid", "ConversationScopedWebhook") => (50367, 50367),
            ("LastReadMessageIndex", "ConversationParticipant" | "UserConversation") => (50516, 50516),
            _ => return None,
        })
    }
}

/// Parameters whose code is 20001 although another resource has a more specific one for the name.
#[cfg(test)]
pub(super) const WITH_20001: &[(&str, &str)] = &[
    ("ConfigurationWebhook", "Target"),
    ("ConversationParticipant", "Identity"),
    ("ParticipantConversation", "Identity"),
    ("ServiceBinding", "Identity"),
];

/// Parameters that no handler reads, and that are accepted all the same: resource, field.
pub(super) const WITHOUT_EFFECT: &[(&str, &str)] = &[
    // Nothing is pushed, and the API never shows a secret again.
    ("Credential", "ApiKey"),
    ("Credential", "Certificate"),
    ("Credential", "PrivateKey"),
    ("Credential", "Secret"),
];
