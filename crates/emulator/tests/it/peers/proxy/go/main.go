// Calls every operation with the vendor's Go library, which is configured by the environment alone.
package main

import (
	"os"

	"github.com/twilio/twilio-go"
	v1 "github.com/twilio/twilio-go/rest/conversations/v1"
)

func main() {
	api := twilio.NewRestClient().ConversationsV1
	calls := &Calls{operations: map[string]bool{}}
	account(calls, api)
	walkAccount(calls, api)
	accountReceipts(calls, api)
	services(calls, api)
	calls.report()
}

// account walks the resources that only the account has.
func account(calls *Calls, api *v1.ApiService) {
	call(calls, "FetchConfiguration", api.FetchConfiguration)
	call(calls, "UpdateConfiguration", func() (*v1.ConversationsV1Configuration, error) {
		return api.UpdateConfiguration((&v1.UpdateConfigurationParams{}).SetDefaultInactiveTimer("PT10M"))
	}, func(it *v1.ConversationsV1Configuration) bool { return text(it.DefaultInactiveTimer) == "PT10M" })
	call(calls, "FetchConfigurationWebhook", api.FetchConfigurationWebhook)
	call(calls, "UpdateConfigurationWebhook", func() (*v1.ConversationsV1ConfigurationWebhook, error) {
		filters := []string{"onMessageRemoved", "onUserUpdated"}
		return api.UpdateConfigurationWebhook((&v1.UpdateConfigurationWebhookParams{}).SetFilters(filters))
	}, func(it *v1.ConversationsV1ConfigurationWebhook) bool { return len(*it.Filters) == 2 })

	address := call(calls, "CreateConfigurationAddress", func() (*v1.ConversationsV1ConfigurationAddress, error) {
		return api.CreateConfigurationAddress((&v1.CreateConfigurationAddressParams{}).SetType("sms").SetAddress("+15551239999"))
	})
	sid := text(address.Sid)
	call(calls, "ListConfigurationAddress", func() ([]v1.ConversationsV1ConfigurationAddress, error) {
		return api.ListConfigurationAddress((&v1.ListConfigurationAddressParams{}).SetType("sms"))
	}, has(func(it v1.ConversationsV1ConfigurationAddress) bool { return text(it.Sid) == sid }))
	call(calls, "FetchConfigurationAddress", func() (*v1.ConversationsV1ConfigurationAddress, error) {
		return api.FetchConfigurationAddress("+15551239999")
	}, func(it *v1.ConversationsV1ConfigurationAddress) bool { return text(it.Sid) == sid })
	call(calls, "UpdateConfigurationAddress", func() (*v1.ConversationsV1ConfigurationAddress, error) {
		return api.UpdateConfigurationAddress(sid, (&v1.UpdateConfigurationAddressParams{}).SetFriendlyName("a"))
	}, func(it *v1.ConversationsV1ConfigurationAddress) bool { return text(it.FriendlyName) == "a" })
	calls.delete("DeleteConfigurationAddress", func() error { return api.DeleteConfigurationAddress(sid) })
	credentials(calls, api)
}

func credentials(calls *Calls, api *v1.ApiService) {
	credential := call(calls, "CreateCredential", func() (*v1.ConversationsV1Credential, error) {
		return api.CreateCredential((&v1.CreateCredentialParams{}).SetType("fcm").SetSecret("x"))
	})
	sid := text(credential.Sid)
	call(calls, "ListCredential", func() ([]v1.ConversationsV1Credential, error) {
		return api.ListCredential(&v1.ListCredentialParams{})
	}, has(func(it v1.ConversationsV1Credential) bool { return text(it.Sid) == sid }))
	call(calls, "FetchCredential", func() (*v1.ConversationsV1Credential, error) {
		return api.FetchCredential(sid)
	}, func(it *v1.ConversationsV1Credential) bool { return text(it.Type) == "fcm" })
	call(calls, "UpdateCredential", func() (*v1.ConversationsV1Credential, error) {
		return api.UpdateCredential(sid, (&v1.UpdateCredentialParams{}).SetFriendlyName("c"))
	}, func(it *v1.ConversationsV1Credential) bool { return text(it.FriendlyName) == "c" })
	calls.delete("DeleteCredential", func() error { return api.DeleteCredential(sid) })
}

// services walks the resources that only services have, and what they have in common with the account.
func services(calls *Calls, api *v1.ApiService) {
	service := call(calls, "CreateService", func() (*v1.ConversationsV1Service, error) {
		return api.CreateService((&v1.CreateServiceParams{}).SetFriendlyName("peer"))
	})
	sid := text(service.Sid)
	call(calls, "ListService", func() ([]v1.ConversationsV1Service, error) {
		return api.ListService((&v1.ListServiceParams{}).SetPageSize(1))
	}, has(func(it v1.ConversationsV1Service) bool { return text(it.Sid) == sid }))
	call(calls, "FetchService", func() (*v1.ConversationsV1Service, error) {
		return api.FetchService(sid)
	}, func(it *v1.ConversationsV1Service) bool { return text(it.FriendlyName) == "peer" })
	call(calls, "FetchServiceConfiguration", func() (*v1.ConversationsV1ServiceConfiguration, error) {
		return api.FetchServiceConfiguration(sid)
	})
	call(calls, "UpdateServiceConfiguration", func() (*v1.ConversationsV1ServiceConfiguration, error) {
		return api.UpdateServiceConfiguration(sid, (&v1.UpdateServiceConfigurationParams{}).SetReachabilityEnabled(true))
	}, func(it *v1.ConversationsV1ServiceConfiguration) bool { return *it.ReachabilityEnabled })
	call(calls, "FetchServiceNotification", func() (*v1.ConversationsV1ServiceNotification, error) {
		return api.FetchServiceNotification(sid)
	})
	call(calls, "UpdateServiceNotification", func() (*v1.ConversationsV1ServiceNotification, error) {
		return api.UpdateServiceNotification(sid, (&v1.UpdateServiceNotificationParams{}).SetNewMessageEnabled(true))
	}, func(it *v1.ConversationsV1ServiceNotification) bool { return it.NewMessage != nil })
	call(calls, "FetchServiceWebhookConfiguration", func() (*v1.ConversationsV1ServiceWebhookConfiguration, error) {
		return api.FetchServiceWebhookConfiguration(sid)
	})
	call(calls, "UpdateServiceWebhookConfiguration", func() (*v1.ConversationsV1ServiceWebhookConfiguration, error) {
		return api.UpdateServiceWebhookConfiguration(sid, (&v1.UpdateServiceWebhookConfigurationParams{}).SetMethod("GET"))
	}, func(it *v1.ConversationsV1ServiceWebhookConfiguration) bool { return text(it.Method) == "GET" })
	walkService(calls, api, sid)
	calls.delete("DeleteService", func() error { return api.DeleteService(sid) })

	usual := os.Getenv("SERVICE_SID")
	serviceReceipts(calls, api, usual)
	bindings(calls, api, usual)
}

func bindings(calls *Calls, api *v1.ApiService, service string) {
	sid := os.Getenv("BINDING_SID")
	call(calls, "ListServiceBinding", func() ([]v1.ConversationsV1ServiceBinding, error) {
		return api.ListServiceBinding(service, &v1.ListServiceBindingParams{})
	}, has(func(it v1.ConversationsV1ServiceBinding) bool { return text(it.Sid) == sid }))
	call(calls, "FetchServiceBinding", func() (*v1.ConversationsV1ServiceBinding, error) {
		return api.FetchServiceBinding(service, sid)
	}, func(it *v1.ConversationsV1ServiceBinding) bool { return text(it.Identity) == "device" })
	calls.delete("DeleteServiceBinding", func() error { return api.DeleteServiceBinding(service, sid) })
}
