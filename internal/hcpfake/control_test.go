package hcpfake_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// control sends a request to the control endpoint, and requires the status.
func control(t *testing.T, fake *hcpfake.Server, status int, method, name, body string) string {
	t.Helper()
	w := serve(fake.Control(), httptest.NewRequest(method, "https://127.0.0.1:4277/_hcpfake/"+name, strings.NewReader(body)))
	if w.Code != status {
		t.Errorf("%s %s %s: got %d %s, want %d", method, name, body, w.Code, w.Body, status)
	}
	equal(t, "the content type", w.Header().Get("Content-Type"), "application/json")
	if !json.Valid(w.Body.Bytes()) || !strings.HasSuffix(w.Body.String(), "\n") {
		t.Errorf("%s %s %s: got %q, want a line of JSON", method, name, body, w.Body)
	}
	return w.Body.String()
}

func TestControl(t *testing.T) {
	fake := newFake(t)
	equal(t, "health", control(t, fake, 200, "GET", "health", ""), "{\n  \"status\": \"ok\"\n}\n")
	control(t, fake, 200, "HEAD", "health", "")

	// Other requests are HCP's.
	equal(t, "the status of a request to HCP", get(t, fake.Control(), packer2023+"/buckets/ubuntu").Code, 200)
	fake.ResetRequests()
	control(t, fake, 200, "GET", "requests", "")
	equal(t, "the number of logged requests", fake.Count(""), 0)
}

// A page in a browser must not control the fake, or read the seed.
func TestControlFromWebPage(t *testing.T) {
	fake := newFake(t)
	for _, target := range []string{"https://evil.example/_hcpfake/seed", "https://127.0.0.1.evil.example:4277/_hcpfake/seed"} {
		equal(t, target, serve(fake.Control(), httptest.NewRequest(http.MethodGet, target, nil)).Code, 403)
	}
	r := httptest.NewRequest(http.MethodPost, "https://127.0.0.1:4277/_hcpfake/reset", nil)
	r.Header.Set("Origin", "https://evil.example")
	equal(t, "the status with an origin", serve(fake.Control(), r).Code, 403)
}

func TestControlClock(t *testing.T) {
	fake := newFake(t)
	check(t, fake.Revoke(hcpfake.Revocation{ProjectID: projectID, Bucket: "ubuntu", Version: "v2", At: start.Add(24 * time.Hour)}))
	status := func() string {
		t.Helper()
		w := get(t, fake, packer2023+"/buckets/ubuntu/versions/fp-v2")
		return decode[struct{ Version struct{ Status string } }](t, w).Version.Status
	}
	equal(t, "the status", status(), "VERSION_REVOCATION_SCHEDULED")
	clock := func(now, ahead string) string {
		return "{\n  \"ahead\": \"" + ahead + "\",\n  \"now\": \"" + now + "\"\n}\n"
	}
	equal(t, "the clock", control(t, fake, 200, "GET", "clock", ""), clock("2024-11-04T12:00:00Z", "0s"))
	token := signIn(t, fake)
	equal(t, "the clock after 23 hours", control(t, fake, 200, "POST", "clock", `{"advance": "23h"}`), clock("2024-11-05T11:00:00Z", "23h0m0s"))
	equal(t, "the status after 23 hours", status(), "VERSION_REVOCATION_SCHEDULED")
	control(t, fake, 200, "POST", "clock", `{"advance": "1h"}`)
	equal(t, "the status after a day", status(), "VERSION_REVOKED")
	equal(t, "the clock set back", control(t, fake, 200, "POST", "clock", `{"set": "2024-11-04T12:00:00+01:00"}`), clock("2024-11-04T11:00:00Z", "-1h0m0s"))
	for _, body := range []string{`{"advance": "-1h"}`, `{"advance": "2000000h"}`, `{"set": "9999-12-31T00:00:00Z"}`, `{"set": "1999-12-31T00:00:00Z"}`} {
		control(t, fake, 400, "POST", "clock", body)
	}
	equal(t, "the clock set by itself", control(t, fake, 200, "POST", "clock", `{"set": "now+2h"}`), clock("2024-11-04T13:00:00Z", "1h0m0s"))

	// Clients keep a token for an hour of their own clock.
	control(t, fake, 200, "POST", "clock", `{"advance": "720h"}`)
	r := httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	equal(t, "the status with a token from a month ago", serve(fake, r).Code, 200)
}

func TestControlFaults(t *testing.T) {
	fake := newFake(t)
	const none = "{\n  \"faults\": []\n}\n"
	equal(t, "the faults", control(t, fake, 200, "GET", "faults", ""), none)
	added := `{"operation": "GetRegistry", "times": 2, "status": 429, "header": {"Retry-After": ["7"]}, "delay": "1ms", "served": true}`
	control(t, fake, 200, "POST", "faults", added)
	listed := decodeText[struct{ Faults []map[string]any }](t, control(t, fake, 200, "POST", "faults", `{"operation": "GetBucket", "body": "{}"}`))
	want := decodeText[map[string]any](t, added)
	if got := listed.Faults; len(got) != 2 || !sameJSON(got[0], want) || !sameJSON(got[1], map[string]any{"operation": "GetBucket", "body": "{}"}) {
		t.Errorf("the faults are %v", listed)
	}
	w := get(t, fake, packer2023+"/registry")
	equal(t, "the status", w.Code, 429)
	equal(t, "Retry-After", w.Header().Get("Retry-After"), "7")
	equal(t, "the bucket", get(t, fake, packer2023+"/buckets/ubuntu").Body.String(), "{}")
	if left := control(t, fake, 200, "GET", "faults", ""); !strings.Contains(left, `"times": 1`) {
		t.Errorf("the faults are %s", left)
	}
	equal(t, "the faults after clearing them", control(t, fake, 200, "DELETE", "faults", ""), none)
	equal(t, "the status then", get(t, fake, packer2023+"/registry").Code, 200)
}

func decodeText[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return v
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func TestControlRequests(t *testing.T) {
	fake := newFake(t)
	get(t, fake, packer2023+"/buckets/ubuntu/channels/production")
	got := decodeText[struct {
		Billed   int
		Requests []map[string]any
	}](t, control(t, fake, 200, "GET", "requests", ""))
	equal(t, "the number of billed requests", got.Billed, 1)
	equal(t, "the number of requests", len(got.Requests), 2)
	for name, want := range map[string]any{
		"operation": "GetChannel", "method": "GET", "status": 200.0, "client_id": reader, "proto": "HTTP/1.1",
		"path": packer2023 + "/buckets/ubuntu/channels/production",
	} {
		equal(t, name, got.Requests[1][name], want)
	}
	equal(t, "the log after clearing it", control(t, fake, 200, "DELETE", "requests", ""), "{\n  \"billed\": 0,\n  \"requests\": []\n}\n")
}

func TestControlReset(t *testing.T) {
	fake := newFake(t)
	before := control(t, fake, 200, "GET", "seed", "")
	get(t, fake, packer2023+"/buckets/ubuntu/channels/production")
	fake.Update(func(s *hcpfake.Seed) { s.Project(projectID).Bucket("ubuntu").Channel("production").Version = "v1" })
	control(t, fake, 200, "POST", "clock", `{"advance": "1h"}`)
	control(t, fake, 200, "POST", "faults", `{"status": 500}`)
	if control(t, fake, 200, "GET", "seed", "") == before {
		t.Error("nothing has changed")
	}
	control(t, fake, 200, "POST", "reset", "")
	equal(t, "the state", control(t, fake, 200, "GET", "seed", ""), before)
	equal(t, "the number of requests", fake.Count(""), 0)
	equal(t, "the status", get(t, fake, packer2023+"/registry").Code, 200)
	if clock := control(t, fake, 200, "GET", "clock", ""); !strings.Contains(clock, `"0s"`) {
		t.Errorf("the clock is %s", clock)
	}
}

func TestControlErrors(t *testing.T) {
	fake := newFake(t)
	for _, c := range []struct {
		status             int
		method, name, body string
		want               string
	}{
		{404, "GET", "", "", `no "" below /_hcpfake/; there are clock, faults, health, requests, reset, seed`},
		{404, "GET", "faults/1", "", `no "faults/1" below /_hcpfake/`},
		{405, "GET", "reset", "", "/_hcpfake/reset allows POST, not GET"},
		{405, "PUT", "faults", "{}", "/_hcpfake/faults allows DELETE, GET, POST, not PUT"},
		{400, "POST", "clock", "", "reading the body: at byte 0: unexpected EOF"},
		{400, "POST", "clock", `{"advance": "1h"`, "reading the body: at byte 16: unexpected EOF"},
		{400, "POST", "clock", `{"advance": "1h"} {}`, "unexpected data after the end"},
		{400, "POST", "clock", `["1h"]`, "document: got an array, want an object"},
		{400, "POST", "clock", `{"advanced": "1h"}`, "advanced: unknown field; the fields are advance, set"},
		{400, "POST", "clock", `{}`, `want either {"set": TIME} or {"advance": DURATION}`},
		{400, "POST", "clock", `{"advance": "1h", "set": "now"}`, "want either"},
		{400, "POST", "clock", `{"advance": "tomorrow"}`, `advance: "tomorrow": want a duration`},
		{400, "POST", "clock", `{"advance": 3600}`, "advance: got a number, want a string"},
		{400, "POST", "clock", `{"set": "tomorrow"}`, `set: "tomorrow": want an RFC 3339 time`},
		{400, "POST", "faults", `{"operation": "ReadChannel", "status": 500}`, `operation: "ReadChannel": want one of `},
		{400, "POST", "faults", `{"stauts": 500}`, "stauts: unknown field; the fields are body, content_type, delay, hang,"},
		{400, "POST", "faults", `{"status": "500"}`, "status: got a string, want a number"},
		{400, "POST", "faults", `{"status": 99}`, "status: 99: want one from 200 to 599"},
		{400, "POST", "faults", `{"status": 600}`, "status: 600: want one from 200 to 599"},
		{400, "POST", "faults", `{"operation": "GetChannel", "times": 1, "served": true}`, "the fault has no effect"},
		{400, "POST", "faults", `{"status": 500, "times": -1}`, "must not be negative"},
		{400, "POST", "faults", `{"truncate": -1}`, "must not be negative"},
		{400, "POST", "faults", `{"delay": "-1s"}`, "must not be negative"},
		{400, "POST", "faults", `{"delay": "1 s"}`, `delay: "1 s": want a duration`},
	} {
		got := decodeText[map[string]string](t, control(t, fake, c.status, c.method, c.name, c.body))
		if len(got) != 1 || !strings.Contains(got["error"], c.want) {
			t.Errorf("%s %s %s: got %v, want %s", c.method, c.name, c.body, got, c.want)
		}
	}
	control(t, fake, 200, "GET", "faults", "")
	w := serve(fake.Control(), httptest.NewRequest(http.MethodPatch, "https://localhost/_hcpfake/clock", nil))
	equal(t, "Allow", w.Header().Get("Allow"), "GET, POST")
	equal(t, "the faults", control(t, fake, 200, "GET", "faults", ""), "{\n  \"faults\": []\n}\n")
}
