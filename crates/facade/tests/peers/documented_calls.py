"""Makes the four documented calls with the vendor's Python client, against the server in BASE_URL."""

import os

from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client


class Local(TwilioHttpClient):
    """Sends what is meant for the vendor to the server of the test."""

    def request(self, method, url, *args, **kwargs):
        url = url.replace("https://conversations.twilio.com", os.environ["BASE_URL"])
        return super().request(method, url, *args, **kwargs)


client = Client(os.environ["ACCOUNT_SID"], os.environ["AUTH_TOKEN"], http_client=Local())
values = {
    "filters": ["onConversationUpdated", "onMessageRemoved"],
    "method": "POST",
    "pre_webhook_url": "https://example.com/filtering-and-permissions",
    "post_webhook_url": "https://example.com/archive-every-action",
}
account = client.conversations.v1.configuration.webhooks()
service = client.conversations.v1.services(os.environ["SERVICE_SID"]).configuration.webhooks()
for hooks in (account, service):
    hooks.fetch()
    assert hooks.update(**values).filters == values["filters"]
print("all done")
