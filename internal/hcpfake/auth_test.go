package hcpfake_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/iam_service"
	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/hcplive"
)

func TestToken(t *testing.T) {
	fake := newFake(t)
	w := serve(fake, tokenRequest())
	got := decode[map[string]any](t, w)
	if w.Code != http.StatusOK || got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 || got["access_token"] == "" {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	equal(t, "the content type", w.Header().Get("Content-Type"), "application/json")
	if first, second := signIn(t, fake), signIn(t, fake); first == second {
		t.Error("two tokens are the same")
	}
}

func TestTokenWithFormCredentials(t *testing.T) {
	r := tokenRequest()
	r.Header.Del("Authorization")
	form := url.Values{
		"grant_type": {"client_credentials"}, "audience": {"https://api.hashicorp.cloud"},
		"client_id": {reader}, "client_secret": {secret},
	}
	r.Body = io.NopCloser(strings.NewReader(form.Encode()))
	equal(t, "the status", serve(newFake(t), r).Code, http.StatusOK)
}

func TestTokenErrors(t *testing.T) {
	body := func(form string) func(*http.Request) {
		return func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(form)) }
	}
	const audience = "audience=https%3A%2F%2Fapi.hashicorp.cloud"
	for name, c := range map[string]struct {
		spoil  func(*http.Request)
		status int
		reason string
	}{
		"empty secret":    {func(r *http.Request) { r.SetBasicAuth(reader, "") }, 401, "invalid_client"},
		"unknown client":  {func(r *http.Request) { r.SetBasicAuth("nobody", url.QueryEscape(secret)) }, 401, "invalid_client"},
		"no client":       {func(r *http.Request) { r.Header.Del("Authorization") }, 401, "invalid_client"},
		"two secrets":     {body("grant_type=client_credentials&client_secret=x&" + audience), 400, "invalid_request"},
		"other grant":     {body("grant_type=password&" + audience), 400, "unsupported_grant_type"},
		"no audience":     {body("grant_type=client_credentials"), 400, "invalid_request"},
		"other audience":  {body("grant_type=client_credentials&audience=https%3A%2F%2Fexample.com"), 400, "invalid_request"},
		"no form":         {body("%zz"), 400, "invalid_request"},
		"no content type": {func(r *http.Request) { r.Header.Del("Content-Type") }, 400, "invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			r := tokenRequest()
			c.spoil(r)
			w := serve(newFake(t), r)
			equal(t, "the status", w.Code, c.status)
			got := decode[map[string]string](t, w)
			equal(t, "the error", got["error"], c.reason)
			if got["error_description"] == "" || len(got) != 2 {
				t.Errorf("got %v, want an error and a description", got)
			}
			equal(t, "the challenge", w.Header().Get("WWW-Authenticate") != "", c.status == 401)
		})
	}
	// Not HCP's API answers this, but its load balancer.
	t.Run("long body", func(t *testing.T) {
		r := tokenRequest()
		body(strings.Repeat("x", 8<<20))(r)
		w := serve(newFake(t), r)
		if w.Code != http.StatusGatewayTimeout || w.Body.String() != "Gateway Timeout\n" {
			t.Errorf("got %d %s, want 504 Gateway Timeout", w.Code, w.Body)
		}
	})
}

func TestBearer(t *testing.T) {
	now := start
	fake := newFake(t, hcpfake.WithClock(func() time.Time { return now }))
	token := signIn(t, fake)
	getRegistry := func(authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)
		r.Header.Set("Authorization", authorization)
		return serve(fake, r)
	}
	equal(t, "the status with a token", getRegistry("Bearer "+token).Code, 200)
	equal(t, "the status with bearer in lower case", getRegistry("bearer "+token).Code, 200)
	for _, wrong := range []string{"", "Bearer", "Bearer ", "Bearer x", "Basic " + token, token} {
		wantStatus(t, getRegistry(wrong), 401, 16)
	}
	now = start.Add(time.Hour - time.Second)
	equal(t, "the status a second before it expires", getRegistry("Bearer "+token).Code, 200)
	now = start.Add(time.Hour)
	wantStatus(t, getRegistry("Bearer "+token), 401, 16)

	token = signIn(t, fake)
	fake.Update(func(s *hcpfake.Seed) { s.Clients = nil })
	wantStatus(t, getRegistry("Bearer "+token), 401, 16)
}

// The SDK sends a cached token of an earlier fake until it expires, and does not
// sign in again when it is refused.
func TestTokenOutlivesTheFake(t *testing.T) {
	token := signIn(t, newFake(t))
	send := func(token string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return serve(newFake(t), r)
	}
	equal(t, "the status with a token of another fake", send(token).Code, 200)
	for i := range token {
		forged := []byte(token)
		forged[i] ^= 1
		if w := send(string(forged)); w.Code != 401 && i < len(token)-1 { // The last character has unused bits.
			t.Errorf("with another character %d: got %d %s", i, w.Code, w.Body)
		}
	}
	for _, n := range []int{0, 10, 43, len(token) - 1} {
		wantStatus(t, send(token[:n]), 401, 16)
	}
}

func TestSDKSignIn(t *testing.T) {
	fake, clients := setup(t)
	for range 2 {
		_, err := clients.channel("ubuntu", "production")
		check(t, err)
	}
	equal(t, "the number of sign-ins", fake.Count(hcpfake.Token), 1)

	_, err := connect(t, listen(t, fake), reader, "guess").channel("ubuntu", "production")
	if err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("got %v, want invalid_client", err)
	}
}

// Tests can also use the SDK's clients without TLS and without signing in.
func TestSDKWithTokenSource(t *testing.T) {
	fake := newFake(t)
	server := httptest.NewServer(fake)
	defer server.Close()
	cfg, err := config.NewHCPConfig(
		config.WithAPI(server.Listener.Addr().String(), nil),
		config.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: signIn(t, fake)})),
	)
	check(t, err)
	got, err := clientsOf(hcplive.Runtime(t, cfg)).channel("ubuntu", "production")
	check(t, err)
	equal(t, "the version", got.Payload.Channel.Version.Name, "v2")
}

const workloadProvider = "iam/project/" + projectID + "/service-principal/ci/workload-identity-provider/github"

func TestWorkload(t *testing.T) {
	fake := newFake(t)
	fake.Update(func(s *hcpfake.Seed) {
		s.Clients[0].WorkloadProvider, s.Clients[0].WorkloadToken = workloadProvider, "identity-token"
	})
	e := listen(t, fake)
	exchange := func(provider, token string) (*oauth2.Token, error) {
		p, err := workload.New(&workload.IdentityProviderConfig{
			ProviderResourceName: provider,
			Token:                &workload.CredentialTokenSource{Token: token},
		})
		check(t, err)
		cfg, err := config.NewHCPConfig(config.WithAPI(e.Addr, e.TLSConfig()), config.WithTokenSource(p))
		check(t, err)
		p.SetAPI(cfg)
		return p.Token()
	}
	token, err := exchange(workloadProvider, "identity-token")
	check(t, err)
	r := httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	equal(t, "the status with the token", serve(fake, r).Code, 200)

	for name, c := range map[string]struct{ provider, token, want string }{
		"wrong token":      {workloadProvider, "guess", "401"},
		"empty token":      {workloadProvider, "", "401"},
		"unknown provider": {workloadProvider + "x", "identity-token", "404"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.token == "" {
				r := httptest.NewRequest(http.MethodPost, "/2019-12-10/"+c.provider+"/exchange-token", strings.NewReader(`{}`))
				wantStatus(t, serve(fake, r), 401, 16)
				return
			}
			if _, err := exchange(c.provider, c.token); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	bad := httptest.NewRequest(http.MethodPost, "/2019-12-10/"+workloadProvider+"/exchange-token", strings.NewReader(`x`))
	wantStatus(t, serve(fake, bad), 400, 3)
}

func TestCallerIdentity(t *testing.T) {
	fake := newFake(t)
	e := listen(t, fake)
	for id, project := range map[string]string{reader: "", projectOnly: projectID} {
		t.Run(id, func(t *testing.T) {
			clients := connect(t, e, id, secret)
			got, err := iam_service.New(clients.runtime, nil).IamServiceGetCallerIdentity(iam_service.NewIamServiceGetCallerIdentityParams(), nil)
			check(t, err)
			service := got.Payload.Principal.Service
			equal(t, "the ID", service.ID, id)
			equal(t, "the organization", service.OrganizationID, orgID)
			equal(t, "the project", service.ProjectID, project)
		})
	}
}
