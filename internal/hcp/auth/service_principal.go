package auth

import (
	"context"
	"net/url"

	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// ServicePrincipal returns the credentials for a service principal key. The origin
// says where the key was set.
func ServicePrincipal(origin, clientID, clientSecret string) Credentials {
	return Credentials{origin, servicePrincipal{clientID, clientSecret}}
}

type servicePrincipal struct{ clientID, clientSecret string }

func (p servicePrincipal) Token(ctx context.Context, cfg Config, _ *oauth2.Token) (*oauth2.Token, error) {
	basicAuth := url.QueryEscape(p.clientID) + ":" + url.QueryEscape(p.clientSecret)
	cfg.Transport.Redactor.Add(p.clientSecret, basicAuth)
	grant := clientcredentials.Config{
		ClientID:       p.clientID,
		ClientSecret:   p.clientSecret,
		TokenURL:       cfg.AuthURL + config.AuthEndpointTokenPath,
		EndpointParams: url.Values{"audience": {config.APIAudienceID}},
		AuthStyle:      oauth2.AuthStyleInHeader, // detecting it would repeat each refused request
	}
	return cfg.oauthToken(ctx, grant.Token)
}
