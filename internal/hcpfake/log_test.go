package hcpfake_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestRequests(t *testing.T) {
	var seen []hcpfake.Request
	fake, clients := setup(t, hcpfake.WithRequestLog(func(r hcpfake.Request) { seen = append(seen, r) }))
	_, err := clients.channel("ubuntu", "production")
	check(t, err)
	_, err = clients.channel("ubuntu", "x")
	wantDefault(t, err, 404, 5)

	list := fake.Requests()
	equal(t, "the number of requests", len(list), 3)
	equal(t, "the first", list[0].Operation, hcpfake.Token)
	equal(t, "its client", list[0].ClientID, "") // It has no token.
	second := list[1]
	equal(t, "the operation", second.Operation, hcpfake.GetChannel)
	equal(t, "the method", second.Method, http.MethodGet)
	equal(t, "the path", second.Path, packer2023+"/buckets/ubuntu/channels/production")
	equal(t, "the status", second.Status, 200)
	equal(t, "the client", second.ClientID, reader)
	equal(t, "the protocol", second.Proto, "HTTP/2.0")
	if channel := second.Header.Get("X-HCP-Source-Channel"); !strings.HasPrefix(channel, "terraform-provider-packer-test hcp-go-sdk/") {
		t.Errorf("X-HCP-Source-Channel is %q", channel)
	}
	equal(t, "User-Agent", second.Header.Get("User-Agent"), "Go-http-client/2.0")
	equal(t, "the third's status", list[2].Status, 404)
	equal(t, "the requests passed to WithRequestLog", fmt.Sprint(seen), fmt.Sprint(list))

	equal(t, "the count of channels", fake.Count(hcpfake.GetChannel), 2)
	equal(t, "the count of all", fake.Count(""), 3)
	equal(t, "the count of buckets", fake.Count(hcpfake.GetBucket), 0)

	wantStatus(t, get(t, fake, packer2021+"/images/ubuntu/channels/x"), 404, 5)
	equal(t, "the number of billed requests", fake.BilledCount(), 3)
	equal(t, "the channel is billed", second.Billed(), true)
	equal(t, "the token is billed", list[0].Billed(), false)

	list[1].Header.Set("User-Agent", "changed")
	equal(t, "the log's User-Agent", fake.Requests()[1].Header.Get("User-Agent"), "Go-http-client/2.0")
	fake.ResetRequests()
	equal(t, "the count after a reset", fake.Count(""), 0)
}

func TestRequestsOmitSecrets(t *testing.T) {
	fake := newFake(t)
	token := signIn(t, fake)
	r := httptest.NewRequest(http.MethodGet, packer2023+"/buckets?access_token="+token+"&client_secret=hunter2", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Cookie", "session=hunter2")
	r.Header.Set("Referer", "https://example.com/")
	serve(fake, r)
	list := fake.Requests()
	last := list[len(list)-1]
	equal(t, "the path", last.Path, packer2023+"/buckets")
	equal(t, "the Referer", last.Header.Get("Referer"), "https://example.com/")
	for _, s := range []string{token, secret, "hunter2"} {
		if strings.Contains(fmt.Sprint(list), s) {
			t.Errorf("the log contains %q: %v", s, list)
		}
	}
}
