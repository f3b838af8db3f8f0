//! Twilio's error codes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Twilio's own number for an error, such as 20404.
///
/// Any number can be one; the constants name those that this API is documented to answer with. The vendor explains each
/// at `https://www.twilio.com/docs/errors/{code}`.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct ErrorCode(pub u32);

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal;)+) => {
        impl ErrorCode {
            /// No code: the answer did not carry one, as from a proxy in between.
            pub const NONE: Self = Self(0);
            $($(#[doc = $doc])+ pub const $name: Self = Self($code);)+
        }
    };
}

codes! {
    /// 20001: a parameter is missing or invalid.
    INVALID_PARAMETER = 20001;
    /// 20003: the credentials were refused.
    AUTHENTICATION_FAILED = 20003;
    /// 20404: there is no such item.
    NOT_FOUND = 20404;
    /// 20429: too many requests; this one was not processed.
    TOO_MANY_REQUESTS = 20429;
    /// 21481: the page token is not valid.
    INVALID_PAGE_TOKEN = 21481;
    /// 50050: service not found.
    SERVICE_NOT_FOUND = 50050;
    /// 50055: the method of a webhook is not one of those allowed.
    INVALID_WEBHOOK_METHOD = 50055;
    /// 50056: a pre-event webhook refused the action.
    REFUSED_BY_WEBHOOK = 50056;
    /// 50057: the call of a webhook failed.
    WEBHOOK_CALL_FAILED = 50057;
    /// 50063: too many actions in a short time.
    ACTION_RATE_LIMIT = 50063;
    /// 50074: too many actions in a short time.
    ACTION_RATE_LIMIT_REACHED = 50074;
    /// 50076: a pre-event webhook took more than five seconds.
    WEBHOOK_TIMED_OUT = 50076;
    /// 50077: the pre-event webhook URL is invalid.
    INVALID_PRE_WEBHOOK_URL = 50077;
    /// 50078: the post-event webhook URL is invalid.
    INVALID_POST_WEBHOOK_URL = 50078;
    /// 50100: role not found.
    ROLE_NOT_FOUND = 50100;
    /// 50109: conversation role not found.
    CONVERSATION_ROLE_NOT_FOUND = 50109;
    /// 50200: user not found.
    USER_NOT_FOUND = 50200;
    /// 50201: a user with this identity exists.
    USER_EXISTS = 50201;
    /// 50203: the identity is reserved.
    IDENTITY_RESERVED = 50203;
    /// 50204: the identity is missing.
    IDENTITY_MISSING = 50204;
    /// 50207: the identity is too long.
    IDENTITY_TOO_LONG = 50207;
    /// 50211: identity and address were both given.
    IDENTITY_WITH_ADDRESS = 50211;
    /// 50213: the user was changed at the same time by someone else.
    USER_CONFLICT = 50213;
    /// 50350: conversation not found.
    CONVERSATION_NOT_FOUND = 50350;
    /// 50353: the unique name is taken.
    UNIQUE_NAME_TAKEN = 50353;
    /// 50360: conversation-scoped webhook not found.
    WEBHOOK_NOT_FOUND = 50360;
    /// 50361: the conversation has as many webhooks as it can have.
    TOO_MANY_WEBHOOKS = 50361;
    /// 50362: the webhook has more triggers than it can have.
    TOO_MANY_TRIGGERS = 50362;
    /// 50363: the SID of the webhook is invalid.
    INVALID_WEBHOOK_SID = 50363;
    /// 50364: the target of the webhook is invalid.
    INVALID_WEBHOOK_TARGET = 50364;
    /// 50365: a filter of the webhook is invalid.
    INVALID_WEBHOOK_FILTER = 50365;
    /// 50366: a trigger of the webhook is invalid.
    INVALID_WEBHOOK_TRIGGER = 50366;
    /// 50367: the flow of the webhook is invalid.
    INVALID_WEBHOOK_FLOW = 50367;
    /// 50368: the webhook has no target.
    WEBHOOK_TARGET_MISSING = 50368;
    /// 50369: the webhook has no URL.
    WEBHOOK_URL_MISSING = 50369;
    /// 50370: the webhook has no filter.
    WEBHOOK_FILTER_MISSING = 50370;
    /// 50371: the webhook has no trigger.
    WEBHOOK_TRIGGER_MISSING = 50371;
    /// 50372: the URL of the webhook is too long.
    WEBHOOK_URL_TOO_LONG = 50372;
    /// 50374: the state is empty.
    STATE_EMPTY = 50374;
    /// 50375: the inactive timer is under one minute.
    INACTIVE_TIMER_TOO_SHORT = 50375;
    /// 50376: the closed timer is under ten minutes.
    CLOSED_TIMER_TOO_SHORT = 50376;
    /// 50377: the conversation is closed, which is final.
    CONVERSATION_CLOSED = 50377;
    /// 50378: the state is unknown.
    UNKNOWN_STATE = 50378;
    /// 50379: the inactive timer is no ISO 8601 duration.
    INVALID_INACTIVE_TIMER = 50379;
    /// 50380: the closed timer is no ISO 8601 duration.
    INVALID_CLOSED_TIMER = 50380;
    /// 50382: a timer does not fit the state.
    TIMER_WITHOUT_STATE = 50382;
    /// 50384: a conversation cannot be created closed.
    CREATED_CLOSED = 50384;
    /// 50390: the unique name looks like a conversation SID.
    UNIQUE_NAME_LOOKS_LIKE_SID = 50390;
    /// 50391: the conversation was changed at the same time by someone else.
    CONVERSATION_CONFLICT = 50391;
    /// 50407: the address is invalid.
    INVALID_ADDRESS = 50407;
    /// 50408: the proxy address is invalid.
    INVALID_PROXY_ADDRESS = 50408;
    /// 50409: address and proxy address are the same.
    ADDRESS_IS_PROXY_ADDRESS = 50409;
    /// 50410: address or proxy address is refused: empty, not owned, or no WhatsApp sender; which, we do not know.
    ADDRESS_REFUSED_50410 = 50410;
    /// 50411: as 50410.
    ADDRESS_REFUSED_50411 = 50411;
    /// 50412: the proxy address is empty.
    PROXY_ADDRESS_EMPTY = 50412;
    /// 50413: as 50410.
    ADDRESS_REFUSED_50413 = 50413;
    /// 50414: address and proxy address are of different kinds.
    ADDRESS_TYPE_MISMATCH = 50414;
    /// 50415: as 50410.
    ADDRESS_REFUSED_50415 = 50415;
    /// 50416: the pair of address and proxy address is in use.
    ADDRESS_PAIR_IN_USE = 50416;
    /// 50417: the conversation has as many participants as it can have.
    TOO_MANY_PARTICIPANTS = 50417;
    /// 50418: a limit of participants; which one, we do not know.
    PARTICIPANT_LIMIT_50418 = 50418;
    /// 50419: the participant was changed at the same time by someone else.
    PARTICIPANT_CONFLICT = 50419;
    /// 50421: the last-read index is invalid.
    INVALID_LAST_READ_INDEX = 50421;
    /// 50422: the conversation has as many participants outside chat as it can have.
    TOO_MANY_NON_CHAT_PARTICIPANTS = 50422;
    /// 50430: the caller is not a participant.
    NOT_A_PARTICIPANT = 50430;
    /// 50432: participant not found.
    PARTICIPANT_NOT_FOUND = 50432;
    /// 50433: the identity is a participant already.
    PARTICIPANT_EXISTS = 50433;
    /// 50451: identity and address were both given.
    PARTICIPANT_IDENTITY_WITH_ADDRESS = 50451;
    /// 50500: message not found.
    MESSAGE_NOT_FOUND = 50500;
    /// 50504: the message body is too long.
    BODY_TOO_LONG = 50504;
    /// 50507: media not found.
    MEDIA_NOT_FOUND = 50507;
    /// 50508: the media file is used already.
    MEDIA_IN_USE = 50508;
    /// 50516: the index is not a number.
    INDEX_NOT_A_NUMBER = 50516;
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u32> for ErrorCode {
    fn from(code: u32) -> Self {
        Self(code)
    }
}
