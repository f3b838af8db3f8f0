package main

import (
	"os"

	v1 "github.com/twilio/twilio-go/rest/conversations/v1"
)

// walkService walks the resources of a service.
func walkService(calls *Calls, api *v1.ApiService, service string) {
	role := serviceRoles(calls, api, service)
	user := serviceUsers(calls, api, service)
	conversation := serviceConversations(calls, api, service)
	participant := serviceParticipants(calls, api, service, conversation)
	serviceScopedWebhooks(calls, api, service, conversation)
	serviceMessages(calls, api, service, conversation)
	serviceUserConversations(calls, api, service, conversation, participant)
	calls.delete("DeleteServiceConversationParticipant", func() error {
		return api.DeleteServiceConversationParticipant(service, conversation, participant, nil)
	})
	call(calls, "CreateServiceConversationWithParticipants", func() (*v1.ConversationsV1ServiceConversationWithParticipants, error) {
		participants := []string{`{"identity":"bob"}`}
		return api.CreateServiceConversationWithParticipants(service, (&v1.CreateServiceConversationWithParticipantsParams{}).SetParticipant(participants))
	})
	calls.delete("DeleteServiceConversation", func() error { return api.DeleteServiceConversation(service, conversation, nil) })
	calls.rejected("FetchServiceConversation", 404, 20404, func() error {
		_, err := api.FetchServiceConversation(service, conversation)
		return err
	})
	calls.delete("DeleteServiceUser", func() error { return api.DeleteServiceUser(service, user, nil) })
	calls.delete("DeleteServiceRole", func() error { return api.DeleteServiceRole(service, role) })
}

func serviceRoles(calls *Calls, api *v1.ApiService, service string) string {
	type Role = v1.ConversationsV1ServiceRole
	permissions := func(wanted string) func(*Role) bool {
		return func(it *Role) bool { return len(*it.Permissions) == 1 && (*it.Permissions)[0] == wanted }
	}
	role := call(calls, "CreateServiceRole", func() (*Role, error) {
		params := (&v1.CreateServiceRoleParams{}).SetFriendlyName("r").SetType("conversation").SetPermission([]string{"sendMessage"})
		return api.CreateServiceRole(service, params)
	})
	sid := text(role.Sid)
	call(calls, "ListServiceRole", func() ([]Role, error) {
		return api.ListServiceRole(service, (&v1.ListServiceRoleParams{}).SetPageSize(2))
	}, has(func(it Role) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceRole", func() (*Role, error) { return api.FetchServiceRole(service, sid) }, permissions("sendMessage"))
	call(calls, "UpdateServiceRole", func() (*Role, error) {
		return api.UpdateServiceRole(service, sid, (&v1.UpdateServiceRoleParams{}).SetPermission([]string{"leaveConversation"}))
	}, permissions("leaveConversation"))
	return sid
}

func serviceUsers(calls *Calls, api *v1.ApiService, service string) string {
	type User = v1.ConversationsV1ServiceUser
	user := call(calls, "CreateServiceUser", func() (*User, error) {
		return api.CreateServiceUser(service, (&v1.CreateServiceUserParams{}).SetIdentity("alice").SetAttributes(`{"a":1}`))
	})
	sid := text(user.Sid)
	call(calls, "ListServiceUser", func() ([]User, error) {
		return api.ListServiceUser(service, &v1.ListServiceUserParams{})
	}, has(func(it User) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceUser", func() (*User, error) {
		return api.FetchServiceUser(service, "alice")
	}, func(it *User) bool { return text(it.Sid) == sid })
	call(calls, "UpdateServiceUser", func() (*User, error) {
		return api.UpdateServiceUser(service, sid, (&v1.UpdateServiceUserParams{}).SetFriendlyName("Alice Ä."))
	}, func(it *User) bool { return text(it.FriendlyName) == "Alice Ä." })
	return sid
}

func serviceConversations(calls *Calls, api *v1.ApiService, service string) string {
	type Conversation = v1.ConversationsV1ServiceConversation
	create := func() (*Conversation, error) {
		return api.CreateServiceConversation(service, (&v1.CreateServiceConversationParams{}).SetUniqueName("order").SetTimersInactive("PT1H"))
	}
	sid := text(call(calls, "CreateServiceConversation", create).Sid)
	calls.rejected("CreateServiceConversation", 409, 50353, func() error {
		_, err := create()
		return err
	})
	call(calls, "ListServiceConversation", func() ([]Conversation, error) {
		return api.ListServiceConversation(service, &v1.ListServiceConversationParams{})
	}, has(func(it Conversation) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceConversation", func() (*Conversation, error) {
		return api.FetchServiceConversation(service, "order")
	}, func(it *Conversation) bool {
		return text(it.Sid) == sid && text(it.Url) == "https://conversations.twilio.com/v1/Services/"+service+"/Conversations/"+sid
	})
	call(calls, "UpdateServiceConversation", func() (*Conversation, error) {
		return api.UpdateServiceConversation(service, sid, (&v1.UpdateServiceConversationParams{}).SetFriendlyName("Order"))
	}, func(it *Conversation) bool { return text(it.FriendlyName) == "Order" })
	return sid
}

// serviceParticipants adds two participants, and returns the SID of the second.
func serviceParticipants(calls *Calls, api *v1.ApiService, service string, conversation string) string {
	type Participant = v1.ConversationsV1ServiceConversationParticipant
	create := func(identity string) func() (*Participant, error) {
		return func() (*Participant, error) {
			params := (&v1.CreateServiceConversationParticipantParams{}).SetIdentity(identity)
			return api.CreateServiceConversationParticipant(service, conversation, params)
		}
	}
	sid := text(call(calls, "CreateServiceConversationParticipant", create("alice")).Sid)
	call(calls, "ListServiceConversationParticipant", func() ([]Participant, error) {
		return api.ListServiceConversationParticipant(service, conversation, &v1.ListServiceConversationParticipantParams{})
	}, has(func(it Participant) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceConversationParticipant", func() (*Participant, error) {
		return api.FetchServiceConversationParticipant(service, conversation, sid)
	}, func(it *Participant) bool { return text(it.Identity) == "alice" })
	call(calls, "UpdateServiceConversationParticipant", func() (*Participant, error) {
		params := (&v1.UpdateServiceConversationParticipantParams{}).SetAttributes("{}")
		return api.UpdateServiceConversationParticipant(service, conversation, sid, params)
	}, func(it *Participant) bool { return text(it.Attributes) == "{}" })
	return text(call(calls, "CreateServiceConversationParticipant", create("carol")).Sid)
}

func serviceScopedWebhooks(calls *Calls, api *v1.ApiService, service string, conversation string) {
	type Webhook = v1.ConversationsV1ServiceConversationScopedWebhook
	webhook := call(calls, "CreateServiceConversationScopedWebhook", func() (*Webhook, error) {
		params := &v1.CreateServiceConversationScopedWebhookParams{}
		params.SetTarget("webhook").SetConfigurationUrl("https://example.com/hook").SetConfigurationFilters([]string{"onMessageRemoved"})
		return api.CreateServiceConversationScopedWebhook(service, conversation, params)
	})
	sid := text(webhook.Sid)
	call(calls, "ListServiceConversationScopedWebhook", func() ([]Webhook, error) {
		return api.ListServiceConversationScopedWebhook(service, conversation, &v1.ListServiceConversationScopedWebhookParams{})
	}, has(func(it Webhook) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceConversationScopedWebhook", func() (*Webhook, error) {
		return api.FetchServiceConversationScopedWebhook(service, conversation, sid)
	}, func(it *Webhook) bool { return text(it.Target) == "webhook" })
	call(calls, "UpdateServiceConversationScopedWebhook", func() (*Webhook, error) {
		params := (&v1.UpdateServiceConversationScopedWebhookParams{}).SetConfigurationUrl("https://example.com/other")
		return api.UpdateServiceConversationScopedWebhook(service, conversation, sid, params)
	}, func(it *Webhook) bool {
		configuration, ok := (*it.Configuration).(map[string]interface{})
		return ok && configuration["url"] == "https://example.com/other"
	})
	calls.delete("DeleteServiceConversationScopedWebhook", func() error {
		return api.DeleteServiceConversationScopedWebhook(service, conversation, sid)
	})
}

func serviceMessages(calls *Calls, api *v1.ApiService, service string, conversation string) {
	type Message = v1.ConversationsV1ServiceConversationMessage
	var sid string
	for _, body := range []string{"a", "b", "c", "d", "e"} {
		message := call(calls, "CreateServiceConversationMessage", func() (*Message, error) {
			params := (&v1.CreateServiceConversationMessageParams{}).SetAuthor("alice").SetBody(body)
			return api.CreateServiceConversationMessage(service, conversation, params)
		})
		sid = text(message.Sid)
	}
	call(calls, "ListServiceConversationMessage", func() ([]Message, error) {
		params := (&v1.ListServiceConversationMessageParams{}).SetOrder("desc").SetPageSize(2)
		return api.ListServiceConversationMessage(service, conversation, params)
	}, func(items []Message) bool {
		return len(items) == 5 && items[0].Index == 4 && items[4].Index == 0
	})
	call(calls, "FetchServiceConversationMessage", func() (*Message, error) {
		return api.FetchServiceConversationMessage(service, conversation, sid)
	}, func(it *Message) bool { return text(it.Body) == "e" })
	call(calls, "UpdateServiceConversationMessage", func() (*Message, error) {
		params := (&v1.UpdateServiceConversationMessageParams{}).SetBody("changed")
		return api.UpdateServiceConversationMessage(service, conversation, sid, params)
	}, func(it *Message) bool { return text(it.Body) == "changed" })
	calls.delete("DeleteServiceConversationMessage", func() error {
		return api.DeleteServiceConversationMessage(service, conversation, sid, nil)
	})
}

func serviceUserConversations(calls *Calls, api *v1.ApiService, service string, conversation, participant string) {
	type UserConversation = v1.ConversationsV1ServiceUserConversation
	call(calls, "ListServiceUserConversation", func() ([]UserConversation, error) {
		return api.ListServiceUserConversation(service, "alice", &v1.ListServiceUserConversationParams{})
	}, func(items []UserConversation) bool {
		return len(items) == 1 && text(items[0].ConversationSid) == conversation
	})
	call(calls, "FetchServiceUserConversation", func() (*UserConversation, error) {
		return api.FetchServiceUserConversation(service, "alice", conversation)
	}, func(it *UserConversation) bool { return text(it.ParticipantSid) != participant })
	call(calls, "UpdateServiceUserConversation", func() (*UserConversation, error) {
		params := (&v1.UpdateServiceUserConversationParams{}).SetNotificationLevel("muted")
		return api.UpdateServiceUserConversation(service, "alice", conversation, params)
	}, func(it *UserConversation) bool { return text(it.NotificationLevel) == "muted" })
	call(calls, "ListServiceParticipantConversation", func() ([]v1.ConversationsV1ServiceParticipantConversation, error) {
		return api.ListServiceParticipantConversation(service, (&v1.ListServiceParticipantConversationParams{}).SetIdentity("alice"))
	}, func(items []v1.ConversationsV1ServiceParticipantConversation) bool {
		return len(items) == 1 && text(items[0].ConversationSid) == conversation
	})
	calls.delete("DeleteServiceUserConversation", func() error {
		return api.DeleteServiceUserConversation(service, "alice", conversation)
	})
}

// serviceReceipts reads a receipt, which no REST call makes.
func serviceReceipts(calls *Calls, api *v1.ApiService, service string) {
	type Receipt = v1.ConversationsV1ServiceConversationMessageReceipt
	conversation, message, sid := os.Getenv("CONVERSATION_SID"), os.Getenv("MESSAGE_SID"), os.Getenv("RECEIPT_SID")
	call(calls, "ListServiceConversationMessageReceipt", func() ([]Receipt, error) {
		return api.ListServiceConversationMessageReceipt(service, conversation, message, &v1.ListServiceConversationMessageReceiptParams{})
	}, has(func(it Receipt) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceConversationMessageReceipt", func() (*Receipt, error) {
		return api.FetchServiceConversationMessageReceipt(service, conversation, message, sid)
	}, func(it *Receipt) bool { return text(it.Status) == "delivered" })
}
