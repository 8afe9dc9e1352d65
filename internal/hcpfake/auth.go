package hcpfake

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	"google.golang.org/grpc/codes"
)

const (
	// audience is the OAuth audience of HCP's API in all geographies
	// (APIAudienceID in the SDK's package config).
	audience = "https://api.hashicorp.cloud"

	tokenLife = time.Hour
)

// tokens holds the access tokens that the fake has issued.
type tokens struct {
	mu     sync.Mutex
	grants map[string]grant
}

type grant struct {
	clientID string
	expires  time.Time
}

func (t *tokens) issue(clientID string, now time.Time) string {
	token := rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.grants == nil {
		t.grants = make(map[string]grant)
	}
	for old, g := range t.grants {
		if !now.Before(g.expires) {
			delete(t.grants, old)
		}
	}
	t.grants[token] = grant{clientID, now.Add(tokenLife)}
	return token
}

// find returns the grant for the request's bearer token, even if it has expired.
func (t *tokens) find(r *http.Request) (grant, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return grant{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.grants[token]
	return g, ok
}

// owner returns the ID of the client that the request's bearer token was issued
// to, or "".
func (t *tokens) owner(r *http.Request) string {
	g, _ := t.find(r)
	return g.clientID
}

// authorize checks the bearer token and sets c.client. It looks the client up
// again, so that a test can revoke access by removing it.
func (c *call) authorize(rt route) error {
	if rt.open {
		return nil
	}
	unauthenticated := func(message string) error {
		return statusErrorf(http.StatusUnauthorized, codes.Unauthenticated, "%s", message)
	}
	g, ok := c.server.tokens.find(c.request)
	if !ok {
		return unauthenticated("a valid bearer token is required")
	}
	if !c.server.clock().Before(g.expires) {
		return unauthenticated("the access token has expired")
	}
	if c.client, ok = c.state.client(g.clientID); !ok {
		return unauthenticated("the service principal of the access token no longer exists")
	}
	if rt.writes && c.client.Viewer {
		return deniedf("the service principal may only read")
	}
	return nil
}

type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type,omitempty"`
	ExpiresIn   int    `json:"expires_in"`
}

func (c *call) newToken(client Client) *tokenResponse {
	return &tokenResponse{
		AccessToken: c.server.tokens.issue(client.ID, c.server.clock()),
		TokenType:   "Bearer",
		ExpiresIn:   int(tokenLife.Seconds()),
	}
}

// oauthError is an error response of the token endpoint (RFC 6749, section 5.2).
type oauthError struct {
	status      int
	Reason      string `json:"error"`
	Description string `json:"error_description"`
}

func (e *oauthError) Error() string { return e.Reason + ": " + e.Description }

func (e *oauthError) response() response {
	resp := jsonResponse(e.status, e)
	if e.status == http.StatusUnauthorized {
		resp.header.Set("WWW-Authenticate", `Basic realm="hcpfake"`)
	}
	return resp
}

func (c *call) token() (any, error) {
	bad := func(reason, description string) error {
		return &oauthError{http.StatusBadRequest, reason, description}
	}
	kind, _, _ := mime.ParseMediaType(c.request.Header.Get("Content-Type"))
	if kind != "application/x-www-form-urlencoded" {
		return nil, bad("invalid_request", "the body must be application/x-www-form-urlencoded")
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, bad("invalid_request", "the body is not a valid form")
	}
	if form.Get("grant_type") != "client_credentials" {
		return nil, bad("unsupported_grant_type", "the grant_type must be client_credentials")
	}
	client, err := c.authenticate(form)
	if err != nil {
		return nil, err
	}
	if form.Get("audience") != audience {
		return nil, bad("invalid_request", "the audience must be "+audience)
	}
	return c.newToken(client), nil
}

func (c *call) authenticate(form url.Values) (Client, error) {
	id, secret, basic := c.request.BasicAuth()
	if basic {
		// Clients form-encode both (RFC 6749, section 2.3.1).
		id, secret = unescapeForm(id), unescapeForm(secret)
	} else {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	if basic && form.Has("client_secret") {
		return Client{}, &oauthError{http.StatusBadRequest, "invalid_request", "more than one client authentication method"}
	}
	client, ok := c.state.client(id)
	if !ok || !secretMatches(client.Secret, secret) {
		return Client{}, &oauthError{http.StatusUnauthorized, "invalid_client", "unknown client or wrong secret"}
	}
	return client, nil
}

func unescapeForm(s string) string {
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

func secretMatches(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}

// exchangeToken issues an access token to a workload that proves its identity
// with a JWT or with a signed request to AWS, as the SDK's package auth/workload
// does.
func (c *call) exchangeToken() (any, error) {
	var body iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestToken
	if err := json.Unmarshal(c.body, &body); err != nil {
		return nil, invalidf("parsing the body: %v", err)
	}
	provider := workloadProvider(c.params)
	for _, client := range c.state.Clients {
		if client.WorkloadProvider != provider {
			continue
		}
		if err := checkProof(body, client, provider, c.server.clock()); err != nil {
			return nil, statusErrorf(http.StatusUnauthorized, codes.Unauthenticated, "the workload token is not valid for %s: %v", provider, err)
		}
		return c.newToken(client), nil
	}
	return nil, notFoundf("no workload identity provider %s", provider)
}

func checkProof(body iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestToken, client Client, provider string, now time.Time) error {
	if body.AwsGetCallerIDToken != nil {
		return checkAWSProof(body.AwsGetCallerIDToken, client, provider, now)
	}
	if !secretMatches(client.WorkloadToken, body.JwtToken) {
		return errors.New("the JWT is wrong")
	}
	return nil
}

func workloadProvider(params map[string]string) string {
	return "iam/project/" + params["project"] +
		"/service-principal/" + params["principal"] +
		"/workload-identity-provider/" + params["provider"]
}

func isWorkloadProvider(name string) bool {
	rt := route{path: strings.Split(workloadPath, "/")}
	_, ok := rt.match(strings.Split("/2019-12-10/"+name+"/exchange-token", "/"))
	return ok
}
