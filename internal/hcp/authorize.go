package hcp

import (
	"net/http"

	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/auth"
	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// authorizer puts an access token on requests. If HCP rejects it, it signs in once
// more and sends the request again.
type authorizer struct {
	next          http.RoundTripper
	tokens        *auth.Tokens
	api           *transport.Shared // which next sends through
	sourceChannel string
}

func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	a.api.Open(req.Context()) // while signing in
	token, err := a.tokens.Token(req.Context(), nil)
	if err != nil {
		a.api.CloseUnused()
		return nil, err
	}
	resp, err := a.sendWith(token, req)
	if !isRejected(err) {
		return resp, err
	}
	if token, err = a.tokens.Token(req.Context(), token); err != nil {
		return nil, err
	}
	if resp, err = a.sendWith(token, req); isRejected(err) {
		err = a.tokens.Rejected(err)
	}
	return resp, err
}

func (a *authorizer) sendWith(token *oauth2.Token, req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	token.SetAuthHeader(req)
	req.Header.Set("X-HCP-Source-Channel", a.sourceChannel)
	return a.next.RoundTrip(req)
}

// isRejected reports whether HCP did not accept the token of a request.
func isRejected(err error) bool { return registry.IsKind(err, registry.CredentialsRefused) }
