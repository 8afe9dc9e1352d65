package hcp

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sdkauth "github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const (
	testSecret       = "hush-of-the-test"
	testSubject      = "subject-token"
	testOrganization = "0d5f9b1c-6a3e-4f27-8b90-1c2d3e4f5a60"
	testProject      = "7b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e"
	testResource     = "iam/project/" + testProject + "/service-principal/ci/workload-identity-provider/github"
)

var (
	testLocation = registry.Location{OrganizationID: testOrganization, ProjectID: testProject}
	testChannel  = registry.Reference{Location: testLocation, Bucket: "web", Channel: "production"}
)

// newFake starts an HCP with the version v7 on channel production of bucket web.
func newFake(t *testing.T) (*hcpfake.Server, *hcpfake.Endpoint) {
	t.Helper()
	fake := hcpfake.New(hcpfake.Seed{
		Clients: []hcpfake.Client{{ID: "id", Secret: testSecret, WorkloadProvider: testResource, WorkloadToken: testSubject}},
		Organizations: []*hcpfake.Organization{{
			ID: testOrganization, Name: "example",
			Projects: []*hcpfake.Project{{
				ID: testProject, Name: "images", Registry: hcpfake.ActiveRegistry(),
				Buckets: []*hcpfake.Bucket{{
					Name:     "web",
					Versions: []*hcpfake.Version{{Name: "v7", ID: "01JNZ3N5Q0VERS10N700000000"}},
					Channels: []*hcpfake.Channel{{Name: "production", Version: "v7"}},
				}},
			}},
		}},
	}, hcpfake.WithErrorf(t.Errorf))
	return fake, listen(t, fake)
}

func listen(t *testing.T, handler http.Handler) *hcpfake.Endpoint {
	t.Helper()
	endpoint, err := hcpfake.Listen(t.Context(), handler, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})
	return endpoint
}

// configFor leads to the endpoint, with the key of the fake's client and with
// waits between attempts that are hardly any.
func configFor(endpoint *hcpfake.Endpoint) Config {
	return Config{
		Credentials: auth.ServicePrincipal("the test", "id", testSecret),
		Endpoints: Endpoints{
			APIAddress: endpoint.Addr, AuthURL: endpoint.URL(), APITLS: "insecure", AuthTLS: "insecure",
		},
		SourceChannel: "terraform-provider-packer/test",
		UserAgent:     "terraform-provider-packer/test Terraform/1",
		baseDelay:     time.Millisecond,
	}
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	client, err := NewClient(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// withTimeout bounds a read as the data source does.
func withTimeout(t *testing.T, timeout time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	t.Cleanup(cancel)
	return ctx
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const (
		html    = "<html><body>Bad Gateway</body></html>"
		htmlTyp = "text/html; charset=utf-8"
	)
	retryAfter := func(value string) http.Header { return http.Header{"Retry-After": {value}} }

	for name, tc := range map[string]struct {
		fault    hcpfake.Fault // Operation is added
		timeout  time.Duration // default: long enough
		recovers bool
		kind     registry.Kind // where it does not
		status   int
		says     string // the failure's message or cause
		attempts int    // requests to the faulty operation, if that is certain
	}{
		"500 once":              {fault: hcpfake.Fault{Status: 500, Times: 1}, recovers: true, attempts: 2},
		"500 twice":             {fault: hcpfake.Fault{Status: 500, Times: 2}, recovers: true, attempts: 3},
		"500 for ever":          {fault: hcpfake.Fault{Status: 500}, kind: registry.Unavailable, status: 500, attempts: transport.MaxAttempts},
		"502 once":              {fault: hcpfake.Fault{Status: 502, Times: 1}, recovers: true, attempts: 2},
		"502 twice":             {fault: hcpfake.Fault{Status: 502, Times: 2}, recovers: true, attempts: 3},
		"502 for ever":          {fault: hcpfake.Fault{Status: 502}, kind: registry.Unavailable, status: 502, attempts: transport.MaxAttempts},
		"503 once":              {fault: hcpfake.Fault{Status: 503, Times: 1}, recovers: true, attempts: 2},
		"503 twice":             {fault: hcpfake.Fault{Status: 503, Times: 2}, recovers: true, attempts: 3},
		"503 for ever":          {fault: hcpfake.Fault{Status: 503}, kind: registry.Unavailable, status: 503, attempts: transport.MaxAttempts},
		"504 once":              {fault: hcpfake.Fault{Status: 504, Times: 1}, recovers: true, attempts: 2},
		"504 twice":             {fault: hcpfake.Fault{Status: 504, Times: 2}, recovers: true, attempts: 3},
		"504 for ever":          {fault: hcpfake.Fault{Status: 504}, kind: registry.Unavailable, status: 504, attempts: transport.MaxAttempts},
		"429 once":              {fault: hcpfake.Fault{Status: 429, Times: 1}, recovers: true, attempts: 2},
		"429 twice":             {fault: hcpfake.Fault{Status: 429, Times: 2}, recovers: true, attempts: 3},
		"429 for ever":          {fault: hcpfake.Fault{Status: 429}, kind: registry.RateLimited, status: 429, attempts: transport.MaxAttempts},
		"501 for ever":          {fault: hcpfake.Fault{Status: 501}, kind: registry.Unavailable, status: 501, attempts: 1},
		"418 for ever":          {fault: hcpfake.Fault{Status: 418}, kind: registry.Unexpected, status: 418, attempts: 1},
		"429, wait a second":    {fault: hcpfake.Fault{Status: 429, Times: 1, Header: retryAfter("1")}, recovers: true, attempts: 2},
		"503, wait a second":    {fault: hcpfake.Fault{Status: 503, Times: 1, Header: retryAfter("1")}, recovers: true, attempts: 2},
		"429, wait an hour":     {fault: hcpfake.Fault{Status: 429, Header: retryAfter("3600")}, kind: registry.RateLimited, status: 429, attempts: 1},
		"503, wait an hour":     {fault: hcpfake.Fault{Status: 503, Header: retryAfter("3600")}, kind: registry.Unavailable, status: 503, attempts: 1},
		"500, wait an hour":     {fault: hcpfake.Fault{Status: 500, Header: retryAfter("3600")}, kind: registry.Unavailable, status: 500, attempts: 1},
		"503, wait nonsense":    {fault: hcpfake.Fault{Status: 503, Times: 1, Header: retryAfter("soon")}, recovers: true, attempts: 2},
		"502 in HTML, once":     {fault: hcpfake.Fault{Status: 502, Times: 1, Body: html, ContentType: htmlTyp}, recovers: true, attempts: 2},
		"502 in HTML":           {fault: hcpfake.Fault{Status: 502, Body: html, ContentType: htmlTyp}, kind: registry.Unavailable, status: 502, attempts: transport.MaxAttempts},
		"502 in HTML for JSON":  {fault: hcpfake.Fault{Status: 502, Body: html}, kind: registry.Unavailable, status: 502, attempts: transport.MaxAttempts},
		"200 in HTML":           {fault: hcpfake.Fault{Status: 200, Body: html, ContentType: htmlTyp}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"200 in HTML for JSON":  {fault: hcpfake.Fault{Status: 200, Body: html}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"empty":                 {fault: hcpfake.Fault{Status: 200}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"null":                  {fault: hcpfake.Fault{Body: "null"}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"empty object":          {fault: hcpfake.Fault{Body: "{}"}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"wrong type":            {fault: hcpfake.Fault{Body: `[1]`}, kind: registry.InvalidResponse, status: 200, attempts: 1},
		"half an object, once":  {fault: hcpfake.Fault{Body: `{"channel": {"id`, Times: 1}, recovers: true, attempts: 2},
		"text behind":           {fault: hcpfake.Fault{Body: `{"channel": {"id": "c"}} and more`}, kind: registry.InvalidResponse, status: 200, says: "not JSON", attempts: 1},
		"a brace too many":      {fault: hcpfake.Fault{Body: `{"channel": {}}}`}, kind: registry.InvalidResponse, status: 200, says: "not JSON", attempts: 1},
		"half an object":        {fault: hcpfake.Fault{Body: `{"channel": {"id`}, kind: registry.Unreachable, status: 200, says: "cut off", attempts: transport.MaxAttempts},
		"403 in HTML":           {fault: hcpfake.Fault{Status: 403, Body: html, ContentType: htmlTyp}, kind: registry.InvalidResponse, status: 403, attempts: 1},
		"407 in HTML":           {fault: hcpfake.Fault{Status: 407, Body: html, ContentType: htmlTyp}, kind: registry.InvalidResponse, status: 407, attempts: 1},
		"500 without an end":    {fault: hcpfake.Fault{Status: 500, Body: strings.Repeat("x", 1<<20+1), Times: 1}, recovers: true, attempts: 2},
		"204":                   {fault: hcpfake.Fault{Status: 204}, kind: registry.InvalidResponse, status: 204, attempts: 1},
		"202":                   {fault: hcpfake.Fault{Status: 202, Body: "{}"}, kind: registry.InvalidResponse, status: 202, attempts: 1},
		"redirect":              {fault: hcpfake.Fault{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/x?y=z"}}}, kind: registry.InvalidResponse, status: 302, says: "https://elsewhere.example,", attempts: 1},
		"304":                   {fault: hcpfake.Fault{Status: 304}, kind: registry.InvalidResponse, status: 304, says: "without the content", attempts: 1},
		"cut off once":          {fault: hcpfake.Fault{Truncate: 10, Times: 1}, recovers: true, attempts: 2},
		"cut off for ever":      {fault: hcpfake.Fault{Truncate: 10}, kind: registry.Unreachable, status: 200, attempts: transport.MaxAttempts},
		"reset twice":           {fault: hcpfake.Fault{Reset: true, Times: 2}, recovers: true},
		"reset for ever":        {fault: hcpfake.Fault{Reset: true}, kind: registry.Unreachable},
		"hang":                  {fault: hcpfake.Fault{Hang: true}, timeout: 2 * time.Second, kind: registry.TimedOut, attempts: 1},
		"slow":                  {fault: hcpfake.Fault{Delay: 50 * time.Millisecond}, recovers: true, attempts: 1},
		"wait beyond the time":  {fault: hcpfake.Fault{Status: 503, Header: retryAfter("60")}, timeout: 5 * time.Second, kind: registry.Unavailable, status: 503, attempts: 1},
		"404 that is not HCP's": {fault: hcpfake.Fault{Status: 404, Body: html, ContentType: htmlTyp}, kind: registry.InvalidResponse, status: 404, attempts: 1},
		"message of the server": {fault: hcpfake.Fault{Status: 400, Body: `{"code": 3, "message": "no, sir"}`}, kind: registry.Unexpected, status: 400, says: "no, sir", attempts: 1},
	} {
		for _, operation := range []string{hcpfake.GetChannel, hcpfake.Token, hcpfake.ExchangeToken} {
			t.Run(name+", "+operation, func(t *testing.T) {
				t.Parallel()
				fake, endpoint := newFake(t)
				cfg := configFor(endpoint)
				kind := tc.kind
				switch operation {
				case hcpfake.ExchangeToken:
					cfg.Credentials = auth.WorkloadToken("the test", testResource, testSubject)
					fallthrough
				case hcpfake.Token:
					if tc.kind == registry.Unexpected && tc.status == 400 {
						kind = registry.CredentialsRefused
					}
				}
				fault := tc.fault
				fault.Operation = operation
				fake.Inject(fault)
				timeout := 30 * time.Second
				if tc.timeout != 0 {
					timeout = tc.timeout
				}
				begin := time.Now()
				iteration, err := newClient(t, cfg).Iteration(withTimeout(t, timeout), testChannel)
				if took := time.Since(begin); took > timeout+2*time.Second {
					t.Errorf("it took %s", took)
				}
				if tc.attempts != 0 && fake.Count(operation) != tc.attempts {
					t.Errorf("%d requests, want %d", fake.Count(operation), tc.attempts)
				}
				if tc.recovers {
					if err != nil || iteration.Version != "v7" {
						t.Errorf("got %v, %v", iteration, err)
					}
					return
				}
				requireFailure(t, err, kind, tc.status, tc.says)
			})
		}
	}
}

func requireFailure(t *testing.T, err error, kind registry.Kind, status int, says string) *registry.Failure {
	t.Helper()
	var failure *registry.Failure
	if !errors.As(err, &failure) {
		t.Fatalf("got error %v", err)
	}
	if failure.Kind != kind || failure.Status != status {
		t.Errorf("got kind %d, status %d; want %d, %d (%v)", failure.Kind, failure.Status, kind, status, err)
	}
	text := failure.Message + failure.Error()
	if !strings.Contains(text, says) {
		t.Errorf("the failure does not say %q: %s", says, text)
	}
	for _, leak := range []string{testSecret, "subject-token", "models.", "Consumer", "{location", "html"} {
		if strings.Contains(text, leak) {
			t.Errorf("the failure says %q: %s", leak, text)
		}
	}
	return failure
}

// refusingAddress returns an address that refuses connections for as long as the test
// runs: that of the client of a connection. The port of a server that was closed would
// soon be another server's.
func refusingAddress(t *testing.T) string {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	client, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client.LocalAddr().String()
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	address := refusingAddress(t)
	_, endpoint := newFake(t)

	t.Run("API", func(t *testing.T) {
		cfg := configFor(endpoint)
		cfg.Endpoints.APIAddress = address
		_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
		if failure := requireFailure(t, err, registry.Unreachable, 0, "connection refused"); failure.Attempts != transport.MaxAttempts || failure.Address != address {
			t.Errorf("%d attempts at %s", failure.Attempts, failure.Address)
		}
	})
	t.Run("auth", func(t *testing.T) {
		cfg := configFor(endpoint)
		cfg.Endpoints.AuthURL = "https://" + address
		_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
		if failure := requireFailure(t, err, registry.Unreachable, 0, "connection refused"); failure.Attempts != transport.MaxAttempts || failure.Address != address {
			t.Errorf("%d attempts at %s", failure.Attempts, failure.Address)
		}
	})
}

// What cannot pass is not tried again.
func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Endpoints){
		"API":  func(e *Endpoints) { e.APITLS = "" },
		"auth": func(e *Endpoints) { e.AuthTLS = "" },
	} {
		t.Run(name, func(t *testing.T) {
			_, endpoint := newFake(t)
			cfg := configFor(endpoint)
			change(&cfg.Endpoints)
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			failure := requireFailure(t, err, registry.CertificateUntrusted, 0, "certificate")
			if failure.Attempts != 1 || failure.Address != endpoint.Addr {
				t.Errorf("%d attempts at %s", failure.Attempts, failure.Address)
			}
		})
	}
}

// readFrom reads the channel from a server in the place of HCP's API, after a
// good sign-in.
func readFrom(t *testing.T, api *httptest.Server, timeout time.Duration) error {
	t.Helper()
	_, endpoint := newFake(t)
	cfg := configFor(endpoint)
	cfg.Endpoints.APIAddress = api.Listener.Addr().String()
	_, err := newClient(t, cfg).Iteration(withTimeout(t, timeout), testChannel)
	return err
}

func TestServerWithoutTLS(t *testing.T) {
	t.Parallel()
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	err := readFrom(t, plain, 10*time.Second)
	if failure := requireFailure(t, err, registry.Unreachable, 0, "TLS handshake"); failure.Attempts != 1 {
		t.Errorf("%d attempts", failure.Attempts)
	}
}

// A redirect takes neither the token nor the secret along.
func TestRedirectTakesNothingAlong(t *testing.T) {
	t.Parallel()
	var strangers sync.Map
	stranger := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		strangers.Store(r.URL.Path, r.Header.Get("Authorization"))
	}))
	t.Cleanup(stranger.Close)
	for _, operation := range []string{hcpfake.GetChannel, hcpfake.Token} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			fake, endpoint := newFake(t)
			fake.Inject(hcpfake.Fault{Operation: operation, Status: status, Header: http.Header{"Location": {stranger.URL + "/steal"}}})
			_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel)
			requireFailure(t, err, registry.InvalidResponse, status, stranger.URL)
		}
	}
	strangers.Range(func(path, authorization any) bool {
		t.Errorf("%s was asked with %q", path, authorization)
		return true
	})
}

func TestAnswerWithoutEnd(t *testing.T) {
	t.Parallel()
	endless := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		block := bytes.Repeat([]byte(" "), 1<<20)
		for range transport.MaxResponse>>20 + 10 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	t.Cleanup(endless.Close)
	err := readFrom(t, endless, 30*time.Second)
	requireFailure(t, err, registry.InvalidResponse, 200, "longer than 64 MiB")
}

// A switch of protocols is no answer, and what follows it is not read.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	odd := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		connection, stream, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer connection.Close()
		_, _ = stream.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\n\r\n")
		_ = stream.Flush()
		_, _ = io.Copy(io.Discard, connection) // until the client hangs up
	}))
	t.Cleanup(odd.Close)
	err := readFrom(t, odd, 20*time.Second)
	requireFailure(t, err, registry.InvalidResponse, 101, "without the content")
}

// A server that sends back what it was sent does not bring secrets to light.
func TestEchoedSecrets(t *testing.T) {
	t.Parallel()
	const token = "token-that-was-issued"
	basic := base64.StdEncoding.EncodeToString([]byte("id:" + testSecret))
	echo := func(text string) []hcpfake.Fault {
		quoted := strconv.Quote(text)
		return []hcpfake.Fault{
			{Status: 400, Body: `{"code": 3, "message": ` + quoted + `}`},
			{Status: 401, Body: `{"error": "invalid_client", "error_description": ` + quoted + `}`},
			{Status: 403, Body: `{"code": 7, "message": ` + quoted + `}`},
			{Status: 200, Body: `{"error": "invalid_client", "error_description": ` + quoted + `}`},
			{Status: 200, Body: `{"access_token": 7, "expires_in": ` + quoted + `}`},
			{Status: 200, Body: `{"channel": {"id": "01", "created_at": ` + quoted + `}}`},
			{Status: 302, Header: http.Header{"Location": {"https://" + url.QueryEscape(text) + ".example/"}}},
		}
	}
	for _, secret := range []string{testSecret, basic, token} {
		for _, operation := range []string{hcpfake.Token, hcpfake.GetChannel} {
			for _, fault := range echo("bad credentials " + secret + ".") {
				fake, endpoint := newFake(t)
				if operation == hcpfake.GetChannel {
					fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: `{"access_token": "` + token + `", "expires_in": 3600}`})
				} else if secret == token {
					continue // there is none yet
				}
				fault.Operation = operation
				fake.Inject(fault)
				_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 20*time.Second), testChannel)
				var failure *registry.Failure
				if !errors.As(err, &failure) {
					t.Fatalf("got %v", err)
				}
				if told := fmt.Sprintf("%+v %v", *failure, err); strings.Contains(told, secret) {
					t.Errorf("%s, status %d: the failure tells %q: %s", operation, fault.Status, secret, told)
				}
			}
		}
	}
}

// Cancellation ends everything at once: requests, sign-in and waits.
func TestCancellation(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]hcpfake.Fault{
		"API hangs":   {Operation: hcpfake.GetChannel, Hang: true},
		"token hangs": {Operation: hcpfake.Token, Hang: true},
		"API waits":   {Operation: hcpfake.GetChannel, Status: 503, Header: http.Header{"Retry-After": {"20"}}},
		"token waits": {Operation: hcpfake.Token, Status: 503, Header: http.Header{"Retry-After": {"20"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			fake.Inject(fault)
			ctx, cancel := context.WithCancel(withTimeout(t, time.Minute))
			cfg := configFor(endpoint)
			cancelled := make(chan time.Time, 1)
			cancelSoon := func() {
				time.AfterFunc(200*time.Millisecond, func() {
					cancelled <- time.Now()
					cancel()
				})
			}
			cfg.Observe = func(_ context.Context, attempt transport.Attempt) {
				if attempt.Status == fault.Status { // it begins to wait
					cancelSoon()
				}
			}
			if fault.Hang {
				cancelSoon()
			}
			_, err := newClient(t, cfg).Iteration(ctx, testChannel)
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("got error %v", err)
			}
			if took := time.Since(<-cancelled); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// One token serves all, however many ask for the first at once. It is fetched
// anew once when it is refused, and once more only if that fails too.
func TestToken(t *testing.T) {
	t.Parallel()
	t.Run("shared", func(t *testing.T) {
		fake, endpoint := newFake(t)
		client := newClient(t, configFor(endpoint))
		var wait sync.WaitGroup
		for range 50 {
			wait.Go(func() {
				if _, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if n := fake.Count(hcpfake.Token); n != 1 {
			t.Errorf("%d tokens", n)
		}
	})
	t.Run("refused once", func(t *testing.T) {
		fake, endpoint := newFake(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 401, Times: 1})
		if _, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
			t.Error(err)
		}
		requireOperations(t, fake, hcpfake.Token, hcpfake.GetChannel, hcpfake.Token, hcpfake.GetChannel)
	})
	t.Run("refused for ever", func(t *testing.T) {
		fake, endpoint := newFake(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 401})
		_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel)
		requireFailure(t, err, registry.CredentialsRefused, 401, "")
		if credentialsOf(err) != "the test" {
			t.Errorf("credentials of %q", credentialsOf(err))
		}
		requireOperations(t, fake, hcpfake.Token, hcpfake.GetChannel, hcpfake.Token, hcpfake.GetChannel)
	})
	t.Run("sign-in refused", func(t *testing.T) {
		fake, endpoint := newFake(t)
		cfg := configFor(endpoint)
		cfg.Credentials = auth.ServicePrincipal("the test", "id", "wrong")
		client := newClient(t, cfg)
		for range 3 {
			_, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel)
			failure := requireFailure(t, err, registry.CredentialsRefused, 401, "")
			if !isSignInError(err) || credentialsOf(err) != "the test" || failure.Address != endpoint.Addr {
				t.Errorf("got %+v", failure)
			}
		}
		requireOperations(t, fake, hcpfake.Token)
	})
	t.Run("expired", func(t *testing.T) {
		fake, endpoint := newFake(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Times: 1, Body: `{"access_token": "stale", "expires_in": 5}`})
		client := newClient(t, configFor(endpoint))
		if _, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
			t.Error(err)
		}
		if n := fake.Count(hcpfake.Token); n != 2 {
			t.Errorf("%d tokens", n)
		}
	})
}

func requireOperations(t *testing.T, fake *hcpfake.Server, want ...string) {
	t.Helper()
	var got []string
	for _, request := range fake.Requests() {
		got = append(got, request.Operation)
	}
	if !slices.Equal(got, want) {
		t.Errorf("requests %v, want %v", got, want)
	}
}

// By fingerprint the iteration is read with a request that HCP does not bill.
func TestIterationByFingerprint(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	client, ctx := newClient(t, configFor(endpoint)), withTimeout(t, 10*time.Second)
	byChannel, err := client.Iteration(ctx, testChannel)
	if err != nil {
		t.Fatal(err)
	}
	fake.ResetRequests()
	ref := registry.Reference{Location: testLocation, Bucket: "web", Fingerprint: byChannel.Fingerprint}
	got, err := client.Iteration(ctx, ref)
	if err != nil {
		t.Fatal(err)
	}
	want := *byChannel
	want.Channel = registry.Channel{}
	if !reflect.DeepEqual(got, &want) {
		t.Errorf("got %+v, want %+v", got, &want)
	}
	requireOperations(t, fake, hcpfake.GetVersion)
	if fake.BilledCount() != 0 {
		t.Errorf("%d billed requests", fake.BilledCount())
	}

	unknown := ref
	unknown.Fingerprint = "unknown"
	var notFound *registry.FingerprintNotFoundError
	if _, err := client.Iteration(ctx, unknown); !errors.As(err, &notFound) {
		t.Errorf("got %v", err)
	}
	for _, body := range []string{`{}`, `null`, `{"version": {}}`, `{"version": {"id": "01", "fingerprint": "another"}}`, `{"version": {"id": "01", "bucket_name": "db"}}`} {
		fake.Inject(hcpfake.Fault{Operation: hcpfake.GetVersion, Body: body, Times: 1})
		_, err := client.Iteration(ctx, ref)
		requireFailure(t, err, registry.InvalidResponse, 200, "the response")
	}
}

func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	if _, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Fatal(err)
	}
	for _, request := range fake.Requests() {
		if agent := request.Header.Get("User-Agent"); agent != "terraform-provider-packer/test Terraform/1" {
			t.Errorf("%s: user agent %q", request.Operation, agent)
		}
		if request.Proto != "HTTP/2.0" {
			t.Errorf("%s: protocol %s", request.Operation, request.Proto)
		}
	}
	channel := fake.Requests()[1].Header.Get("X-Hcp-Source-Channel")
	if !strings.HasPrefix(channel, "terraform-provider-packer/test hcp-go-sdk/") {
		t.Errorf("source channel %q", channel)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 503, Times: 1})
	var attempts []transport.Attempt
	cfg := configFor(endpoint)
	cfg.Observe = func(_ context.Context, attempt transport.Attempt) { attempts = append(attempts, attempt) }
	if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, attempt := range attempts {
		got = append(got, fmt.Sprintf("%s %s %d %d", attempt.Method, filepath.Base(attempt.Path), attempt.Number, attempt.Status))
		if attempt.Received == 0 || attempt.Duration <= 0 {
			t.Errorf("attempt %+v", attempt)
		}
	}
	want := []string{"POST token 1 200", "GET production 1 503", "GET production 2 200"}
	if !slices.Equal(got, want) {
		t.Errorf("attempts %v, want %v", got, want)
	}
}

func TestPagesAreReadToTheEnd(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Update(func(s *hcpfake.Seed) {
		for i := range 120 {
			s.Project(testProject).Buckets = append(s.Project(testProject).Buckets, &hcpfake.Bucket{Name: fmt.Sprintf("bucket-%03d", i)})
			s.Organizations[0].Projects = append(s.Organizations[0].Projects, &hcpfake.Project{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", i)})
		}
		for i := range 70 {
			s.Organizations = append(s.Organizations, &hcpfake.Organization{ID: fmt.Sprintf("00000000-0000-4000-9000-%012d", i)})
		}
	})
	client, ctx := newClient(t, configFor(endpoint)), withTimeout(t, 10*time.Second)
	if buckets, err := client.Buckets(ctx, testLocation); err != nil || len(buckets) != 121 || buckets[120] != "bucket-119" {
		t.Errorf("%d buckets, %v", len(buckets), err)
	}
	if projects, err := client.Projects(ctx, testOrganization); err != nil || len(projects) != 121 {
		t.Errorf("%d projects, %v", len(projects), err)
	}
	if organizations, err := client.Organizations(ctx); err != nil || len(organizations) != 71 {
		t.Errorf("%d organizations, %v", len(organizations), err)
	}
	if project, err := client.Project(ctx, testProject); err != nil || project.OrganizationID != testOrganization {
		t.Errorf("project %+v, %v", project, err)
	}
}

// A list that leads back to a page that was read already is no list.
func TestPagesInACircle(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{
		Operation: hcpfake.ListBuckets,
		Body:      `{"buckets": [{"name": "a"}, null], "pagination": {"next_page_token": "again"}}`,
	})
	_, err := newClient(t, configFor(endpoint)).Buckets(withTimeout(t, 10*time.Second), testLocation)
	requireFailure(t, err, registry.InvalidResponse, 200, "pages repeat")
	if n := fake.Count(hcpfake.ListBuckets); n != 2 {
		t.Errorf("%d requests", n)
	}
}

// A list without an end is not read for ever.
func TestPagesWithoutEnd(t *testing.T) {
	t.Parallel()
	pages := 0
	err := eachPage(func(*string) (*cloud.HashicorpCloudCommonPaginationResponse, error) {
		pages++
		return &cloud.HashicorpCloudCommonPaginationResponse{NextPageToken: strconv.Itoa(pages)}, nil
	})
	requireFailure(t, err, registry.InvalidResponse, 200, "too many pages")
	if pages != maxPages+1 {
		t.Errorf("%d pages", pages)
	}
}

// IDs become part of URLs, so they are not taken on trust.
func TestListsWithHoles(t *testing.T) {
	t.Parallel()
	for operation, bodies := range map[string][]string{
		hcpfake.GetProject: {
			`null`, `{}`, `{"project": null}`, `{"project": {}}`, `{"project": {"parent": {}}}`,
			`{"project": {"parent": {"id": "../../x"}}}`,
		},
		hcpfake.ListProjects:      {`{"projects": [{}]}`, `{"projects": [null, {"id": "a/b"}]}`, `[]`},
		hcpfake.ListOrganizations: {`{"organizations": [{}]}`, `{"organizations": [null, {"id": "a/b"}]}`, `[]`},
	} {
		for _, body := range bodies {
			fake, endpoint := newFake(t)
			fake.Inject(hcpfake.Fault{Operation: operation, Body: body})
			client, ctx := newClient(t, configFor(endpoint)), withTimeout(t, 10*time.Second)
			var err error
			switch operation {
			case hcpfake.GetProject:
				_, err = client.Project(ctx, testProject)
			case hcpfake.ListProjects:
				_, err = client.Projects(ctx, testOrganization)
			case hcpfake.ListOrganizations:
				_, err = client.Organizations(ctx)
			}
			requireFailure(t, err, registry.InvalidResponse, 200, "the response")
		}
	}
}

// HCP leaves out what is false or zero, so a list that is not there is empty.
func TestListsLeftOut(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"buckets": null, "channels": null, "organizations": null, "projects": null}`} {
		fake, endpoint := newFake(t)
		fake.Inject(hcpfake.Fault{Body: body})
		cfg := configFor(endpoint)
		cfg.Credentials = loginCredentials(t, cacheOf(login{AccessToken: "token", Expiry: time.Now().Add(time.Hour)}))
		client, ctx := newClient(t, cfg), withTimeout(t, 10*time.Second)
		buckets, bucketsErr := client.Buckets(ctx, testLocation)
		channels, channelsErr := client.Channels(ctx, testLocation, "web")
		organizations, organizationsErr := client.Organizations(ctx)
		projects, projectsErr := client.Projects(ctx, testOrganization)
		if err := errors.Join(bucketsErr, channelsErr, organizationsErr, projectsErr); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if n := len(buckets) + len(channels) + len(organizations) + len(projects); n != 0 {
			t.Errorf("%s: the lists have %d entries", body, n)
		}
	}
}

// workloadCredentials are those of a credential file.
func workloadCredentials(t *testing.T, identity workload.IdentityProviderConfig) auth.Credentials {
	t.Helper()
	identity.ProviderResourceName = testResource
	content, err := json.Marshal(sdkauth.CredentialFile{Scheme: sdkauth.CredentialFileSchemeWorkload, Workload: &identity})
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := auth.CredentialFile("the test", writeFile(t, t.TempDir(), "cred_file.json", string(content)))
	if err != nil {
		t.Fatal(err)
	}
	return credentials
}

func writeFile(t *testing.T, dir, name, content string) string {
	t.Helper()
	file := filepath.Join(dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWorkload(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "issuer-key" {
			w.WriteHeader(http.StatusForbidden)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": fmt.Sprintf("%s%s%s%s", r.Header.Get("X-Key"), r.Header.Get("Authorization"), r.URL.RawQuery, r.URL.Path)})
			return
		}
		_, _ = io.WriteString(w, `{"data": {"value": "`+testSubject+`"}}`)
	}))
	t.Cleanup(issuer.Close)
	t.Setenv("TEST_SUBJECT", testSubject)
	t.Setenv("TEST_EMPTY", "")
	inJSON := workload.CredentialFormat{Type: workload.FormatTypeJSON, SubjectCredentialPointer: "/data/value"}
	keyed := map[string]string{"X-Key": "issuer-key", "Metadata-Flavor": "Google"}
	secretive := func(rest string, headers map[string]string) workload.IdentityProviderConfig {
		return workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{
			URL: "http://" + rest, Headers: headers, CredentialFormat: inJSON,
		}}
	}
	host := issuer.Listener.Addr().String()

	for name, tc := range map[string]struct {
		identity workload.IdentityProviderConfig
		kind     registry.Kind // 0: it signs in
		says     string
	}{
		"token":                       {workload.IdentityProviderConfig{Token: &workload.CredentialTokenSource{Token: testSubject}}, 0, ""},
		"file":                        {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("token", testSubject+"\n")}}, 0, ""},
		"member of a file":            {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("token.json", `{"data": {"value": "`+testSubject+`"}}`), CredentialFormat: inJSON}}, 0, ""},
		"variable":                    {workload.IdentityProviderConfig{EnvironmentVariable: &workload.EnvironmentVariableCredentialSource{Var: "TEST_SUBJECT"}}, 0, ""},
		"URL":                         {workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{URL: issuer.URL, Headers: keyed, CredentialFormat: inJSON}}, 0, ""},
		"refused token":               {workload.IdentityProviderConfig{Token: &workload.CredentialTokenSource{Token: "forged"}}, registry.CredentialsRefused, ""},
		"missing file":                {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: filepath.Join(dir, "missing")}}, registry.NoCredentials, "missing"},
		"empty file":                  {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("empty", " \n")}}, registry.NoCredentials, "is empty"},
		"file that is no JSON":        {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("text", "hush"), CredentialFormat: inJSON}}, registry.NoCredentials, "not a JSON object"},
		"token within JSON":           {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("wrapped", `{"value":"`+testSubject+`"}`)}}, registry.NoCredentials, "not a token"},
		"file without member":         {workload.IdentityProviderConfig{File: &workload.FileCredentialSource{Path: write("other.json", `{"data": 1}`), CredentialFormat: inJSON}}, registry.NoCredentials, `no token at "/data/value"`},
		"empty variable":              {workload.IdentityProviderConfig{EnvironmentVariable: &workload.EnvironmentVariableCredentialSource{Var: "TEST_EMPTY"}}, registry.NoCredentials, "it is empty"},
		"URL that repeats a header":   {secretive(host, map[string]string{"X-Key": "wrong-key"}), registry.NoCredentials, "(redacted)"},
		"URL that repeats a bearer":   {secretive(host, map[string]string{"Authorization": "Bearer wrong-key"}), registry.NoCredentials, "(redacted)"},
		"URL that repeats a query":    {secretive(host+"/?t=wrong%2dkey", nil), registry.NoCredentials, "(redacted)"},
		"URL that repeats a password": {secretive("user:wrong-key@"+host, nil), registry.NoCredentials, "(redacted)"},
		"URL that repeats a user":     {secretive("wrong-key@"+host, nil), registry.NoCredentials, "(redacted)"},
		"URL that repeats a path":     {secretive(host+"/wrong-key/token", nil), registry.NoCredentials, "403: (redacted)"},
		"URL that repeats two":        {secretive(host+"/?a=wrong-&b=wrong-key", nil), registry.NoCredentials, "(redacted)"},
		"URL without a host":          {secretive("", keyed), registry.NoCredentials, "its URL or one of its headers is invalid"},
		"URL of another scheme":       {workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{URL: "ftp://" + host + "/wrong-key"}}, registry.NoCredentials, "its URL or one of its headers is invalid"},
		"URL with an invalid port":    {secretive("127.0.0.1:99999/wrong-key", nil), registry.NoCredentials, "its URL or one of its headers is invalid"},
		"header with invalid name":    {secretive(host, map[string]string{"wrong-key:": "x"}), registry.NoCredentials, "its URL or one of its headers is invalid"},
		"header with invalid value":   {secretive(host, map[string]string{"X-Key": "wrong-key\n"}), registry.NoCredentials, "its URL or one of its headers is invalid"},
		"URL that refuses":            {workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{URL: issuer.URL, CredentialFormat: inJSON}}, registry.NoCredentials, "HTTP status 403"},
	} {
		t.Run(name, func(t *testing.T) {
			fake, endpoint := newFake(t)
			fake.Update(func(s *hcpfake.Seed) { // with a word that was sent to the URL
				s.Project(testProject).Bucket("web").Version("v7").AuthorID = "Google"
			})
			cfg := configFor(endpoint)
			cfg.Credentials = workloadCredentials(t, tc.identity)
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			switch {
			case tc.kind != 0:
				var failure *registry.Failure
				if !errors.As(err, &failure) || failure.Kind != tc.kind || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("got %v", err)
				}
				for _, secret := range []string{"forged", "hush", "issuer-key", "-key", "wrong%2dkey", "d3Jvbmcta2V5", "dXNlcjp3cm9uZy1rZXk"} {
					if strings.Contains(err.Error(), secret) && !strings.Contains(tc.says, secret) {
						t.Errorf("the error tells %q: %v", secret, err)
					}
				}
			case err != nil:
				t.Error(err)
			default:
				requireOperations(t, fake, hcpfake.ExchangeToken, hcpfake.GetChannel)
			}
		})
	}
}

type wantEndpoints struct {
	apiAddress, authURL string
	apiTLS, authTLS     *tls.Config
}

func TestEndpoints(t *testing.T) {
	verify, insecure := &tls.Config{MinVersion: tls.VersionTLS12}, &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true}
	for name, tc := range map[string]struct {
		endpoints Endpoints
		want      wantEndpoints
		err       string
	}{
		"default":         {Endpoints{}, wantEndpoints{apiAddress: "api.cloud.hashicorp.com:443", authURL: "https://auth.idp.hashicorp.com", apiTLS: verify, authTLS: verify}, ""},
		"us":              {Endpoints{Geography: "us"}, wantEndpoints{apiAddress: "api.cloud.hashicorp.com:443", authURL: "https://auth.idp.hashicorp.com", apiTLS: verify, authTLS: verify}, ""},
		"eu":              {Endpoints{Geography: "eu"}, wantEndpoints{apiAddress: "api.cloud.eu.hashicorp.com", authURL: "https://auth.idp.eu.hashicorp.com", apiTLS: verify, authTLS: verify}, ""},
		"address in eu":   {Endpoints{Geography: "eu", APIAddress: "api.example"}, wantEndpoints{apiAddress: "api.example", authURL: "https://auth.idp.eu.hashicorp.com", apiTLS: verify, authTLS: verify}, ""},
		"auth URL in eu":  {Endpoints{Geography: "eu", AuthURL: "https://auth.example/"}, wantEndpoints{apiAddress: "api.cloud.eu.hashicorp.com", authURL: "https://auth.example", apiTLS: verify, authTLS: verify}, ""},
		"insecure":        {Endpoints{APITLS: "insecure", AuthTLS: "insecure"}, wantEndpoints{apiAddress: "api.cloud.hashicorp.com:443", authURL: "https://auth.idp.hashicorp.com", apiTLS: insecure, authTLS: insecure}, ""},
		"plain loopback":  {Endpoints{APIAddress: "127.0.0.1:80", APITLS: "disabled"}, wantEndpoints{apiAddress: "127.0.0.1:80", authURL: "https://auth.idp.hashicorp.com", authTLS: verify}, ""},
		"plain IPv6":      {Endpoints{APIAddress: "[::1]:80", APITLS: "disabled"}, wantEndpoints{apiAddress: "[::1]:80", authURL: "https://auth.idp.hashicorp.com", authTLS: verify}, ""},
		"plain localhost": {Endpoints{APIAddress: "localhost", APITLS: "disabled"}, wantEndpoints{apiAddress: "localhost", authURL: "https://auth.idp.hashicorp.com", authTLS: verify}, ""},

		"unknown geography":    {Endpoints{Geography: "ap"}, wantEndpoints{}, `HCP_GEOGRAPHY is "ap"`},
		"plain beyond":         {Endpoints{APIAddress: "10.0.0.1:80", APITLS: "disabled"}, wantEndpoints{}, "plain text"},
		"plain and default":    {Endpoints{APITLS: "disabled"}, wantEndpoints{}, "plain text"},
		"plain look-alike":     {Endpoints{APIAddress: "127.0.0.1.example:80", APITLS: "disabled"}, wantEndpoints{}, "plain text"},
		"address and scheme":   {Endpoints{APIAddress: "https://api.example"}, wantEndpoints{}, "HCP_API_ADDRESS"},
		"address and path":     {Endpoints{APIAddress: "api.example/x"}, wantEndpoints{}, "HCP_API_ADDRESS"},
		"address and user":     {Endpoints{APIAddress: "user@api.example"}, wantEndpoints{}, "HCP_API_ADDRESS"},
		"port alone":           {Endpoints{APIAddress: ":443"}, wantEndpoints{}, "HCP_API_ADDRESS"},
		"unknown API TLS":      {Endpoints{APITLS: "off"}, wantEndpoints{}, `HCP_API_TLS is "off"`},
		"unknown auth TLS":     {Endpoints{AuthTLS: "off"}, wantEndpoints{}, `HCP_AUTH_TLS is "off"`},
		"no TLS for auth":      {Endpoints{AuthTLS: "disabled"}, wantEndpoints{}, "HCP_AUTH_TLS"},
		"auth URL plain":       {Endpoints{AuthURL: "http://auth.example"}, wantEndpoints{}, "HCP_AUTH_URL"},
		"auth URL with path":   {Endpoints{AuthURL: "https://auth.example/path"}, wantEndpoints{}, "HCP_AUTH_URL"},
		"auth URL with query":  {Endpoints{AuthURL: "https://auth.example?"}, wantEndpoints{}, "HCP_AUTH_URL"},
		"auth URL no URL":      {Endpoints{AuthURL: "auth.example"}, wantEndpoints{}, "HCP_AUTH_URL"},
		"auth URL with secret": {Endpoints{AuthURL: "https://user:hush@auth.example"}, wantEndpoints{}, "HCP_AUTH_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := tc.endpoints.resolve()
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) || strings.Contains(err.Error(), "hush") {
					t.Errorf("got %+v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got.api.Host != tc.want.apiAddress || got.authURL != tc.want.authURL ||
				!sameTLS(got.apiTLS, tc.want.apiTLS) || !sameTLS(got.authTLS, tc.want.authTLS) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func sameTLS(a, b *tls.Config) bool {
	return a == nil && b == nil || a != nil && b != nil && a.InsecureSkipVerify == b.InsecureSkipVerify
}

// One who has little time does not spoil the read for those who have more.
func TestLittleTimeConcernsOneAlone(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{hcpfake.Token, hcpfake.GetChannel, hcpfake.GetProject} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			fake.Inject(hcpfake.Fault{Operation: operation, Status: 503, Times: 1, Header: http.Header{"Retry-After": {"2"}}})
			resolver := registry.NewResolver(newClient(t, configFor(endpoint)), time.Now)
			channel := testChannel
			channel.OrganizationID = "" // to be looked up
			var wait sync.WaitGroup
			read := func(timeout time.Duration) error {
				_, err := resolver.Resolve(withTimeout(t, timeout), registry.Query{Reference: channel})
				return err
			}
			arrived := make(chan struct{})
			wait.Go(func() {
				close(arrived)
				if err := read(time.Second); !registry.OutOfTime(err) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("with little time: %v", err)
				}
			})
			<-arrived
			for range 10 {
				wait.Go(func() {
					if err := read(20 * time.Second); err != nil {
						t.Errorf("with more time: %v", err)
					}
				})
			}
			wait.Wait()
		})
	}
}

// An answer that gives a secret away does not get into a state.
func TestSecretInAnAnswer(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Update(func(s *hcpfake.Seed) {
		s.Project(testProject).Bucket("web").Version("v7").AuthorID = "it was " + testSecret
	})
	_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel)
	requireFailure(t, err, registry.InvalidResponse, 200, "so it was discarded")
}

func TestUnusableAccessToken(t *testing.T) {
	t.Parallel()
	for _, token := range []string{``, `two lines\nof it`, `ü`, ` `} {
		fake, endpoint := newFake(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Body: `{"access_token": "` + token + `", "expires_in": 3600}`})
		_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel)
		requireFailure(t, err, registry.InvalidResponse, 200, "access token")
		if !isSignInError(err) {
			t.Errorf("%q: got %v", token, err)
		}
		requireOperations(t, fake, hcpfake.Token)
	}
}

// The path of the URL of a workload's token may be secret, so it is not observed.
func TestPathOfTokenURLIsHidden(t *testing.T) {
	t.Parallel()
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, testSubject) }))
	t.Cleanup(issuer.Close)
	_, endpoint := newFake(t)
	cfg := configFor(endpoint)
	cfg.Credentials = workloadCredentials(t, workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{URL: issuer.URL + "/hush/token"}})
	var paths []string
	cfg.Observe = func(_ context.Context, attempt transport.Attempt) { paths = append(paths, attempt.Path) }
	if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Fatal(err)
	}
	if len(paths) != 3 || paths[0] != "(hidden)" {
		t.Errorf("observed %q", paths)
	}
}

// A server that fails, or that gets too many requests, is not taken for a workload
// without a token. It is tried again, and so is a later read.
func TestTokenURLFails(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]registry.Kind{
		http.StatusBadGateway:      registry.Unavailable,
		http.StatusTooManyRequests: registry.RateLimited,
	} {
		var requests atomic.Int32
		issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			requests.Add(1)
			w.WriteHeader(status)
		}))
		t.Cleanup(issuer.Close)
		_, endpoint := newFake(t)
		cfg := configFor(endpoint)
		cfg.Credentials = workloadCredentials(t, workload.IdentityProviderConfig{URL: &workload.URLCredentialSource{URL: issuer.URL}})
		client := newClient(t, cfg)
		for range 2 {
			_, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel)
			requireFailure(t, err, kind, status, "the workload's token could not be obtained from the URL")
		}
		if n := requests.Load(); n != 2*transport.MaxAttempts {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

// Nothing that HCP sends back is shown if the workload's token is in it.
func TestWorkloadTokenIsRedacted(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.ExchangeToken, Status: 400, Body: `{"code": 3, "message": "not ` + testSubject + `"}`})
	cfg := configFor(endpoint)
	cfg.Credentials = auth.WorkloadToken("the test", testResource, testSubject)
	_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
	requireFailure(t, err, registry.CredentialsRefused, 400, "not (redacted)")
}

// What another attempt cannot cure is sent once, and called what it is.
func TestPermanentFaults(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 11<<17)
	for name, tc := range map[string]struct {
		fault hcpfake.Fault
		says  string
	}{
		"not gzip":                   {hcpfake.Fault{Body: `{"channel": {}}`, Header: http.Header{"Content-Encoding": {"gzip"}}}, "not valid gzip"},
		"header too large":           {hcpfake.Fault{Body: `{}`, Header: http.Header{"X-Large": {large}}}, "headers are too large"},
		"headers slightly too large": {hcpfake.Fault{Body: `{}`, Header: http.Header{"X-Large": slices.Repeat([]string{large[:1<<17]}, 8)}}, "headers are too large"},
		"headers too large":          {hcpfake.Fault{Body: `{}`, Header: http.Header{"X-Large": slices.Repeat([]string{large[:1<<17]}, 11)}}, "headers are too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, endpoint := newFake(t)
			tc.fault.Operation = hcpfake.GetChannel
			fake.Inject(tc.fault)
			_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 20*time.Second), testChannel)
			var failure *registry.Failure
			if !errors.As(err, &failure) || failure.Kind != registry.InvalidResponse || failure.Attempts != 1 || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %+v", err)
			}
			if n := fake.Count(hcpfake.GetChannel); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// The SDK decodes JSON whatever the response calls itself.
func TestContentTypeIsIgnored(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{
		Operation: hcpfake.GetChannel, Body: `{"channel": {"name": "production", "version": {"id": "01"}}}`, ContentType: "text/plain",
	})
	if iteration, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil || iteration.ID != "01" {
		t.Errorf("got %v, %v", iteration, err)
	}
}

// The SDK dumps bodies, tokens included, to stderr when DEBUG is set.
func TestNothingIsDumped(t *testing.T) {
	t.Setenv("DEBUG", "1")
	t.Setenv("SWAGGER_DEBUG", "1")
	stderr, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()
	original := os.Stderr
	os.Stderr = stderr
	defer func() { os.Stderr = original }()
	_, endpoint := newFake(t)
	if _, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Error(err)
	}
	if written, err := os.ReadFile(stderr.Name()); err != nil || len(written) > 0 {
		t.Errorf("stderr got %q, %v", written, err)
	}
}

// Failures that several readers share are redacted before they share them.
func TestSharedFailureIsRedacted(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Status: 400, Body: `{"error": "invalid_client", "error_description": "not ` + testSecret + `"}`})
	client := newClient(t, configFor(endpoint))
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() {
			_, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel)
			var failure *registry.Failure
			if !errors.As(err, &failure) || failure.Message != "not (redacted)" {
				t.Errorf("got %v", err)
			}
		})
	}
	wait.Wait()
}

// When nothing is read nothing is connected to; and while signing in, the connection to
// the API is opened.
func TestConnectWhileSigningIn(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	connected := make(chan struct{})
	api := httptest.NewUnstartedServer(fake)
	api.EnableHTTP2 = true
	api.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			close(connected) // a second connection would panic
		}
	}
	api.StartTLS()
	t.Cleanup(api.Close)
	cfg := configFor(endpoint)
	cfg.Endpoints.APIAddress = api.Listener.Addr().String()
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Status: 503, Times: 1, Header: http.Header{"Retry-After": {"1"}}})
	cfg.Observe = func(ctx context.Context, attempt transport.Attempt) {
		if attempt.Status != 503 {
			return
		}
		select {
		case <-connected:
		case <-ctx.Done():
			t.Error("no connection while signing in")
		}
	}
	client := newClient(t, cfg)
	select {
	case <-connected:
		t.Error("connected before there was anything to read")
	default:
	}
	if _, err := client.Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
		t.Error(err)
	}
}

// When signing in fails, the connection to the API that was opened meanwhile is closed.
func TestRefusedSignInLeavesNoConnection(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	closed := make(chan struct{})
	api := httptest.NewUnstartedServer(fake)
	api.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(closed)
		}
	}
	api.StartTLS()
	t.Cleanup(api.Close)
	cfg := configFor(endpoint)
	cfg.Endpoints.APIAddress = api.Listener.Addr().String()
	cfg.Credentials = auth.ServicePrincipal("the test", "id", "wrong")
	fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Delay: 500 * time.Millisecond}) // until the connection is open
	ctx := withTimeout(t, 10*time.Second)
	_, err := newClient(t, cfg).Iteration(ctx, testChannel)
	requireFailure(t, err, registry.CredentialsRefused, 401, "")
	select {
	case <-closed:
	case <-ctx.Done():
		t.Error("the connection is open")
	}
}

// What responds to a sign-in without an error code of HCP or OAuth is not HCP.
func TestSignInToAnotherServer(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404} {
		for body, kind := range map[string]registry.Kind{
			`{"message": "Forbidden"}`:         registry.InvalidResponse,
			`[]`:                               registry.InvalidResponse,
			`{"error": "unauthorized_client"}`: registry.CredentialsRefused,
			`{"code": 5, "message": "no"}`:     registry.CredentialsRefused,
		} {
			fake, endpoint := newFake(t)
			fake.Inject(hcpfake.Fault{Operation: hcpfake.Token, Status: status, Body: body})
			_, err := newClient(t, configFor(endpoint)).Iteration(withTimeout(t, 10*time.Second), testChannel)
			var failure *registry.Failure
			if !errors.As(err, &failure) || failure.Kind != kind || !isSignInError(err) {
				t.Errorf("%d, %s: got %+v", status, body, failure)
			}
		}
	}
}

// However many requests go out at once, they share one connection.
func TestRequestsShareAConnection(t *testing.T) {
	t.Parallel()
	fake, endpoint := newFake(t)
	var connections atomic.Int32
	api := httptest.NewUnstartedServer(fake)
	api.EnableHTTP2 = true
	api.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	api.StartTLS()
	t.Cleanup(api.Close)
	cfg := configFor(endpoint)
	cfg.Endpoints.APIAddress = api.Listener.Addr().String()
	client, ctx := newClient(t, cfg), withTimeout(t, 20*time.Second)
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, err := client.Iteration(ctx, testChannel); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if n := connections.Load(); n > 5 { // one, unless the pool is a moment late
		t.Errorf("%d connections", n)
	}
}

// isSignInError reports whether an error is one of signing in.
func isSignInError(err error) bool {
	var signIn *registry.SignInError
	return errors.As(err, &signIn)
}

// credentialsOf returns where the credentials of an error were set.
func credentialsOf(err error) string {
	var (
		signIn   *registry.SignInError
		rejected *registry.TokenRejectedError
	)
	switch {
	case errors.As(err, &signIn):
		return signIn.Credentials
	case errors.As(err, &rejected):
		return rejected.Credentials
	default:
		return ""
	}
}
