package hcpfake

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
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

// grant is what an access token stands for. The token itself contains it, so that
// a token outlives the fake: the SDK caches tokens in the home directory by client
// ID alone, and sends them for an hour, whatever the server says.
type grant struct {
	clientID string
	expires  time.Time
}

// tokenKey makes tokens that the fake has not issued invalid. It is no secret.
var tokenKey = []byte("hcpfake")

func (g grant) token() string {
	// The random part distinguishes tokens of one client and time.
	payload := fmt.Appendf(nil, "%d %s %s", g.expires.UnixNano(), rand.Text(), g.clientID)
	return base64.RawURLEncoding.EncodeToString(append(mac(payload), payload...))
}

func mac(payload []byte) []byte {
	h := hmac.New(sha256.New, tokenKey)
	h.Write(payload)
	return h.Sum(nil)
}

// grantOf returns the grant for the request's bearer token, even if it has
// expired.
func grantOf(r *http.Request) (g grant, ok bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	data, err := base64.RawURLEncoding.DecodeString(token)
	if !strings.EqualFold(scheme, "Bearer") || err != nil || len(data) < sha256.Size {
		return grant{}, false
	}
	payload := data[sha256.Size:]
	if !hmac.Equal(data[:sha256.Size], mac(payload)) {
		return grant{}, false
	}
	fields := strings.SplitN(string(payload), " ", 3)
	expires, err := strconv.ParseInt(fields[0], 10, 64)
	if len(fields) != 3 || err != nil {
		return grant{}, false
	}
	return grant{clientID: fields[2], expires: time.Unix(0, expires)}, true
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
	g, ok := grantOf(c.request)
	if !ok {
		return unauthenticated("a valid bearer token is required")
	}
	// Clients have a clock of their own, which nobody sets forward.
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
		AccessToken: grant{client.ID, c.server.clock().Add(tokenLife)}.token(),
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
