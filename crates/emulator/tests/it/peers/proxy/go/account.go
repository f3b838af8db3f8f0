package main

import (
	"os"

	v1 "github.com/twilio/twilio-go/rest/conversations/v1"
)

// walkAccount walks the resources of the account, which are those of its default service.
func walkAccount(calls *Calls, api *v1.ApiService) {
	role := accountRoles(calls, api)
	user := accountUsers(calls, api)
	conversation := accountConversations(calls, api)
	participant := accountParticipants(calls, api, conversation)
	accountScopedWebhooks(calls, api, conversation)
	accountMessages(calls, api, conversation)
	accountUserConversations(calls, api, conversation, participant)
	calls.delete("DeleteConversationParticipant", func() error {
		return api.DeleteConversationParticipant(conversation, participant, nil)
	})
	call(calls, "CreateConversationWithParticipants", func() (*v1.ConversationsV1ConversationWithParticipants, error) {
		participants := []string{`{"identity":"bob"}`}
		return api.CreateConversationWithParticipants((&v1.CreateConversationWithParticipantsParams{}).SetParticipant(participants))
	})
	calls.delete("DeleteConversation", func() error { return api.DeleteConversation(conversation, nil) })
	calls.rejected("FetchConversation", 404, 20404, func() error {
		_, err := api.FetchConversation(conversation)
		return err
	})
	calls.delete("DeleteUser", func() error { return api.DeleteUser(user, nil) })
	calls.delete("DeleteRole", func() error { return api.DeleteRole(role) })
}

func accountRoles(calls *Calls, api *v1.ApiService) string {
	type Role = v1.ConversationsV1Role
	permissions := func(wanted string) func(*Role) bool {
		return func(it *Role) bool { return len(*it.Permissions) == 1 && (*it.Permissions)[0] == wanted }
	}
	role := call(calls, "CreateRole", func() (*Role, error) {
		params := (&v1.CreateRoleParams{}).SetFriendlyName("r").SetType("conversation").SetPermission([]string{"sendMessage"})
		return api.CreateRole(params)
	})
	sid := text(role.Sid)
	call(calls, "ListRole", func() ([]Role, error) {
		return api.ListRole((&v1.ListRoleParams{}).SetPageSize(2))
	}, has(func(it Role) bool { return text(it.Sid) == sid }))
	call(calls, "FetchRole", func() (*Role, error) { return api.FetchRole(sid) }, permissions("sendMessage"))
	call(calls, "UpdateRole", func() (*Role, error) {
		return api.UpdateRole(sid, (&v1.UpdateRoleParams{}).SetPermission([]string{"leaveConversation"}))
	}, permissions("leaveConversation"))
	return sid
}

func accountUsers(calls *Calls, api *v1.ApiService) string {
	type User = v1.ConversationsV1User
	user := call(calls, "CreateUser", func() (*User, error) {
		return api.CreateUser((&v1.CreateUserParams{}).SetIdentity("alice").SetAttributes(`{"a":1}`))
	})
	sid := text(user.Sid)
	call(calls, "ListUser", func() ([]User, error) {
		return api.ListUser(&v1.ListUserParams{})
	}, has(func(it User) bool { return text(it.Sid) == sid }))
	call(calls, "FetchUser", func() (*User, error) {
		return api.FetchUser("alice")
	}, func(it *User) bool { return text(it.Sid) == sid })
	call(calls, "UpdateUser", func() (*User, error) {
		return api.UpdateUser(sid, (&v1.UpdateUserParams{}).SetFriendlyName("Alice Ä."))
	}, func(it *User) bool { return text(it.FriendlyName) == "Alice Ä." })
	return sid
}

func accountConversations(calls *Calls, api *v1.ApiService) string {
	type Conversation = v1.ConversationsV1Conversation
	create := func() (*Conversation, error) {
		return api.CreateConversation((&v1.CreateConversationParams{}).SetUniqueName("order").SetTimersInactive("PT1H"))
	}
	sid := text(call(calls, "CreateConversation", create).Sid)
	calls.rejected("CreateConversation", 409, 50353, func() error {
		_, err := create()
		return err
	})
	call(calls, "ListConversation", func() ([]Conversation, error) {
		return api.ListConversation(&v1.ListConversationParams{})
	}, has(func(it Conversation) bool { return text(it.Sid) == sid }))
	call(calls, "FetchConversation", func() (*Conversation, error) {
		return api.FetchConversation("order")
	}, func(it *Conversation) bool {
		return text(it.Sid) == sid && text(it.Url) == "https://conversations.twilio.com/v1/Conversations/"+sid
	})
	call(calls, "UpdateConversation", func() (*Conversation, error) {
		return api.UpdateConversation(sid, (&v1.UpdateConversationParams{}).SetFriendlyName("Order"))
	}, func(it *Conversation) bool { return text(it.FriendlyName) == "Order" })
	return sid
}

// accountParticipants adds two participants, and returns the SID of the second.
func accountParticipants(calls *Calls, api *v1.ApiService, conversation string) string {
	type Participant = v1.ConversationsV1ConversationParticipant
	create := func(identity string) func() (*Participant, error) {
		return func() (*Participant, error) {
			params := (&v1.CreateConversationParticipantParams{}).SetIdentity(identity)
			return api.CreateConversationParticipant(conversation, params)
		}
	}
	sid := text(call(calls, "CreateConversationParticipant", create("alice")).Sid)
	call(calls, "ListConversationParticipant", func() ([]Participant, error) {
		return api.ListConversationParticipant(conversation, &v1.ListConversationParticipantParams{})
	}, has(func(it Participant) bool { return text(it.Sid) == sid }))
	call(calls, "FetchConversationParticipant", func() (*Participant, error) {
		return api.FetchConversationParticipant(conversation, sid)
	}, func(it *Participant) bool { return text(it.Identity) == "alice" })
	call(calls, "UpdateConversationParticipant", func() (*Participant, error) {
		params := (&v1.UpdateConversationParticipantParams{}).SetAttributes("{}")
		return api.UpdateConversationParticipant(conversation, sid, params)
	}, func(it *Participant) bool { return text(it.Attributes) == "{}" })
	return text(call(calls, "CreateConversationParticipant", create("carol")).Sid)
}

func accountScopedWebhooks(calls *Calls, api *v1.ApiService, conversation string) {
	type Webhook = v1.ConversationsV1ConversationScopedWebhook
	webhook := call(calls, "CreateConversationScopedWebhook", func() (*Webhook, error) {
		params := &v1.CreateConversationScopedWebhookParams{}
		params.SetTarget("webhook").SetConfigurationUrl("https://example.com/hook").SetConfigurationFilters([]string{"onMessageRemoved"})
		return api.CreateConversationScopedWebhook(conversation, params)
	})
	sid := text(webhook.Sid)
	call(calls, "ListConversationScopedWebhook", func() ([]Webhook, error) {
		return api.ListConversationScopedWebhook(conversation, &v1.ListConversationScopedWebhookParams{})
	}, has(func(it Webhook) bool { return text(it.Sid) == sid }))
	call(calls, "FetchConversationScopedWebhook", func() (*Webhook, error) {
		return api.FetchConversationScopedWebhook(conversation, sid)
	}, func(it *Webhook) bool { return text(it.Target) == "webhook" })
	call(calls, "UpdateConversationScopedWebhook", func() (*Webhook, error) {
		params := (&v1.UpdateConversationScopedWebhookParams{}).SetConfigurationUrl("https://example.com/other")
		return api.UpdateConversationScopedWebhook(conversation, sid, params)
	}, func(it *Webhook) bool {
		configuration, ok := (*it.Configuration).(map[string]interface{})
		return ok && configuration["url"] == "https://example.com/other"
	})
	calls.delete("DeleteConversationScopedWebhook", func() error {
		return api.DeleteConversationScopedWebhook(conversation, sid)
	})
}

func accountMessages(calls *Calls, api *v1.ApiService, conversation string) {
	type Message = v1.ConversationsV1ConversationMessage
	var sid string
	for _, body := range []string{"a", "b", "c", "d", "e"} {
		message := call(calls, "CreateConversationMessage", func() (*Message, error) {
			params := (&v1.CreateConversationMessageParams{}).SetAuthor("alice").SetBody(body)
			return api.CreateConversationMessage(conversation, params)
		})
		sid = text(message.Sid)
	}
	call(calls, "ListConversationMessage", func() ([]Message, error) {
		params := (&v1.ListConversationMessageParams{}).SetOrder("desc").SetPageSize(2)
		return api.ListConversationMessage(conversation, params)
	}, func(items []Message) bool {
		return len(items) == 5 && items[0].Index == 4 && items[4].Index == 0
	})
	call(calls, "FetchConversationMessage", func() (*Message, error) {
		return api.FetchConversationMessage(conversation, sid)
	}, func(it *Message) bool { return text(it.Body) == "e" })
	call(calls, "UpdateConversationMessage", func() (*Message, error) {
		params := (&v1.UpdateConversationMessageParams{}).SetBody("changed")
		return api.UpdateConversationMessage(conversation, sid, params)
	}, func(it *Message) bool { return text(it.Body) == "changed" })
	calls.delete("DeleteConversationMessage", func() error {
		return api.DeleteConversationMessage(conversation, sid, nil)
	})
}

func accountUserConversations(calls *Calls, api *v1.ApiService, conversation, participant string) {
	type UserConversation = v1.ConversationsV1UserConversation
	call(calls, "ListUserConversation", func() ([]UserConversation, error) {
		return api.ListUserConversation("alice", &v1.ListUserConversationParams{})
	}, func(items []UserConversation) bool {
		return len(items) == 1 && text(items[0].ConversationSid) == conversation
	})
	call(calls, "FetchUserConversation", func() (*UserConversation, error) {
		return api.FetchUserConversation("alice", conversation)
	}, func(it *UserConversation) bool { return text(it.ParticipantSid) != participant })
	call(calls, "UpdateUserConversation", func() (*UserConversation, error) {
		params := (&v1.UpdateUserConversationParams{}).SetNotificationLevel("muted")
		return api.UpdateUserConversation("alice", conversation, params)
	}, func(it *UserConversation) bool { return text(it.NotificationLevel) == "muted" })
	call(calls, "ListParticipantConversation", func() ([]v1.ConversationsV1ParticipantConversation, error) {
		return api.ListParticipantConversation((&v1.ListParticipantConversationParams{}).SetIdentity("alice"))
	}, func(items []v1.ConversationsV1ParticipantConversation) bool {
		return len(items) == 1 && text(items[0].ConversationSid) == conversation
	})
	calls.delete("DeleteUserConversation", func() error {
		return api.DeleteUserConversation("alice", conversation)
	})
}

// accountReceipts reads a receipt, which no REST call makes.
func accountReceipts(calls *Calls, api *v1.ApiService) {
	type Receipt = v1.ConversationsV1ConversationMessageReceipt
	conversation, message, sid := os.Getenv("CONVERSATION_SID"), os.Getenv("MESSAGE_SID"), os.Getenv("RECEIPT_SID")
	call(calls, "ListConversationMessageReceipt", func() ([]Receipt, error) {
		return api.ListConversationMessageReceipt(conversation, message, &v1.ListConversationMessageReceiptParams{})
	}, has(func(it Receipt) bool { return text(it.Sid) == sid }))
	call(calls, "FetchConversationMessageReceipt", func() (*Receipt, error) {
		return api.FetchConversationMessageReceipt(conversation, message, sid)
	}, func(it *Receipt) bool { return text(it.Status) == "delivered" })
}
