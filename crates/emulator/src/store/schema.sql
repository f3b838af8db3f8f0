-- The emulator's state. Order, uniqueness and cascades are rules of these tables, not of the code around them.
-- Dates are milliseconds since 1970, UTC. Lists are tables of their own: owner, position, value. Items are listed in the order of their rowids.

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    default_service INTEGER REFERENCES service (id) ON DELETE SET NULL,
    default_messaging_service_sid TEXT NOT NULL,
    default_inactive_timer TEXT,
    default_closed_timer TEXT,
    -- Whether the calls of a scenario were made for it.
    seeded INTEGER NOT NULL DEFAULT 0
);

-- How the clock was moved or stopped, in milliseconds; one row, or none if it never was.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ahead INTEGER NOT NULL,
    frozen INTEGER
);

-- How many SIDs, tokens and chances of each kind were generated from a seed.
CREATE TABLE generated (
    kind TEXT PRIMARY KEY,
    generated INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE service (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    friendly_name TEXT NOT NULL,
    reachability_enabled INTEGER NOT NULL DEFAULT 0,
    chat_service_role INTEGER REFERENCES role (id) ON DELETE SET NULL,
    conversation_role INTEGER REFERENCES role (id) ON DELETE SET NULL,
    conversation_creator_role INTEGER REFERENCES role (id) ON DELETE SET NULL,
    notifications TEXT NOT NULL DEFAULT '{}',
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
);
CREATE INDEX service_of_account ON service (account, id);

-- One for the account (service is null) and one for each service that was ever given webhooks.
CREATE TABLE webhook_configuration (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    service INTEGER UNIQUE REFERENCES service (id) ON DELETE CASCADE,
    method TEXT,
    pre_webhook_url TEXT,
    post_webhook_url TEXT,
    target TEXT
);
CREATE UNIQUE INDEX webhook_configuration_of_account ON webhook_configuration (account) WHERE service IS NULL;

CREATE TABLE role (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    friendly_name TEXT NOT NULL,
    type TEXT NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
);
CREATE INDEX role_of_service ON role (service, id);

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL,
    friendly_name TEXT,
    attributes TEXT NOT NULL,
    role INTEGER REFERENCES role (id) ON DELETE SET NULL,
    is_online INTEGER NOT NULL DEFAULT 0,
    is_notifiable INTEGER NOT NULL DEFAULT 0,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (service, identity)
);
CREATE INDEX user_of_service ON user (service, id);
CREATE INDEX user_of_role ON user (role) WHERE role IS NOT NULL;

CREATE TABLE conversation (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    unique_name TEXT,
    friendly_name TEXT,
    attributes TEXT NOT NULL,
    state TEXT NOT NULL,
    messaging_service_sid TEXT,
    timer_inactive INTEGER,
    timer_closed INTEGER,
    date_inactive INTEGER,
    date_closed INTEGER,
    email_address TEXT,
    email_name TEXT,
    created_by TEXT,
    -- Grows with each message of the service: the latest activity has the largest number.
    activity INTEGER NOT NULL,
    next_index INTEGER NOT NULL DEFAULT 0,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (service, unique_name)
);
CREATE INDEX conversation_by_activity ON conversation (service, activity);
CREATE INDEX conversation_by_creation ON conversation (service, date_created, id);
CREATE INDEX conversation_to_rest ON conversation (date_inactive) WHERE date_inactive IS NOT NULL;
CREATE INDEX conversation_to_close ON conversation (date_closed) WHERE date_closed IS NOT NULL;

CREATE TABLE participant (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    identity TEXT,
    user INTEGER REFERENCES user (id) ON DELETE CASCADE,
    type TEXT,
    address TEXT,
    proxy_address TEXT,
    projected_address TEXT,
    -- Of participants by e-mail only.
    name TEXT,
    level TEXT,
    role INTEGER REFERENCES role (id) ON DELETE SET NULL,
    attributes TEXT NOT NULL,
    last_read_message_index INTEGER,
    last_read_timestamp INTEGER,
    notification_level TEXT NOT NULL DEFAULT 'default',
    -- The account's id as long as the conversation is open, null afterwards: addresses are unique among the open.
    open_in INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (conversation, identity)
);
CREATE INDEX participant_of_conversation ON participant (conversation, id);
CREATE INDEX participant_of_user ON participant (user, id) WHERE user IS NOT NULL;
CREATE INDEX participant_of_role ON participant (role) WHERE role IS NOT NULL;
CREATE INDEX participant_by_address ON participant (address, id) WHERE address IS NOT NULL;
CREATE UNIQUE INDEX participant_by_pair ON participant (open_in, address, proxy_address)
    WHERE open_in IS NOT NULL AND address IS NOT NULL AND proxy_address IS NOT NULL;
-- In group texts and by e-mail there is no proxy address; a person is in a conversation once all the same.
CREATE UNIQUE INDEX participant_without_pair ON participant (conversation, address)
    WHERE address IS NOT NULL AND proxy_address IS NULL;

CREATE TRIGGER conversation_frees_addresses AFTER UPDATE OF state ON conversation
    WHEN new.state = 'closed' AND old.state <> 'closed'
BEGIN
    UPDATE participant SET open_in = NULL WHERE conversation = new.id;
END;

CREATE TABLE message (
    -- The number that its SID ends in. Rows are found by it, without an index of SIDs: their order is random, so that
    -- inserts would split pages of the index, and SQLite searches all pages in memory after a split.
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    sid TEXT NOT NULL,
    "index" INTEGER NOT NULL,
    author TEXT NOT NULL,
    participant_sid TEXT,
    body TEXT,
    subject TEXT,
    content_sid TEXT,
    attributes TEXT NOT NULL,
    delivery TEXT,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (conversation, "index")
);

CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    participant_sid TEXT NOT NULL,
    channel_message_sid TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER NOT NULL,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (message, participant_sid)
);

CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    filename TEXT,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    -- Set null would free the upload for a second message, and each may be sent once: it goes with its message.
    message INTEGER REFERENCES message (id) ON DELETE CASCADE
);
CREATE INDEX media_of_message ON media (message) WHERE message IS NOT NULL;

CREATE TABLE scoped_webhook (
    id INTEGER PRIMARY KEY,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    target TEXT NOT NULL,
    url TEXT,
    method TEXT,
    flow_sid TEXT,
    replay_after INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
);
CREATE INDEX scoped_webhook_of_conversation ON scoped_webhook (conversation, id);

CREATE TABLE credential (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    friendly_name TEXT,
    type TEXT NOT NULL,
    sandbox INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL
);
CREATE INDEX credential_of_account ON credential (account, id);

CREATE TABLE binding (
    id INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES service (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    binding_type TEXT NOT NULL,
    credential_sid TEXT,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (service, identity, endpoint)
);
CREATE INDEX binding_of_service ON binding (service, id);

CREATE TABLE address (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    sid TEXT NOT NULL UNIQUE,
    type TEXT NOT NULL,
    address TEXT NOT NULL,
    address_country TEXT,
    friendly_name TEXT,
    auto_enabled INTEGER NOT NULL DEFAULT 0,
    auto_type TEXT,
    auto_service_sid TEXT,
    auto_webhook_url TEXT,
    auto_webhook_method TEXT,
    auto_flow_sid TEXT,
    auto_retry_count INTEGER,
    date_created INTEGER NOT NULL,
    date_updated INTEGER NOT NULL,
    UNIQUE (account, address)
);
CREATE INDEX address_of_account ON address (account, id);

CREATE TABLE webhook_filter (
    owner INTEGER NOT NULL REFERENCES webhook_configuration (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

CREATE TABLE role_permission (
    owner INTEGER NOT NULL REFERENCES role (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

CREATE TABLE scoped_webhook_filter (
    owner INTEGER NOT NULL REFERENCES scoped_webhook (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

CREATE TABLE scoped_webhook_trigger (
    owner INTEGER NOT NULL REFERENCES scoped_webhook (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

CREATE TABLE binding_message_type (
    owner INTEGER NOT NULL REFERENCES binding (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

CREATE TABLE address_webhook_filter (
    owner INTEGER NOT NULL REFERENCES address (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, position)
) WITHOUT ROWID;

-- The outbox: webhook calls that wait, and the record of those that were made. A call is inserted in the transaction of
-- the event that it reports.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    -- Calls of one queue are made one after the other: one receiver's calls about one conversation.
    queue TEXT NOT NULL,
    scope TEXT NOT NULL,
    event TEXT NOT NULL,
    conversation_sid TEXT,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    fields TEXT NOT NULL,
    token TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    date_created INTEGER NOT NULL,
    signature TEXT,
    -- Header that names the shared key of the signature, if it is not the auth token.
    signature_settings TEXT,
    status INTEGER,
    response_body TEXT,
    error TEXT,
    -- Of the last attempt, in microseconds.
    duration INTEGER
);
CREATE INDEX delivery_pending ON delivery (queue, id) WHERE state = 'pending';
CREATE INDEX delivery_given_up ON delivery (id) WHERE state = 'given_up';

-- Indexes of lists of webhook calls.
CREATE INDEX delivery_of_account ON delivery (account, id);
CREATE INDEX delivery_by_state ON delivery (account, state, id);
CREATE INDEX delivery_by_event ON delivery (account, event, id);
CREATE INDEX delivery_by_conversation ON delivery (account, conversation_sid, id)
    WHERE conversation_sid IS NOT NULL;

-- Bytes of fields and responses in the table above, without those of calls that wait.
CREATE TABLE delivery_total (bytes INTEGER NOT NULL);
INSERT INTO delivery_total VALUES (0);
CREATE TRIGGER delivery_inserted AFTER INSERT ON delivery WHEN new.state <> 'pending'
BEGIN
    UPDATE delivery_total SET bytes = bytes + octet_length(new.fields) + ifnull(octet_length(new.response_body), 0);
END;
CREATE TRIGGER delivery_finished AFTER UPDATE OF state ON delivery WHEN old.state = 'pending' AND new.state <> 'pending'
BEGIN
    UPDATE delivery_total SET bytes = bytes + octet_length(new.fields) + ifnull(octet_length(new.response_body), 0);
END;
CREATE TRIGGER delivery_deleted AFTER DELETE ON delivery WHEN old.state <> 'pending'
BEGIN
    UPDATE delivery_total SET bytes = bytes - octet_length(old.fields) - ifnull(octet_length(old.response_body), 0);
END;
