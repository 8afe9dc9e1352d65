package hcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"

	"github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
)

// Credentials are what the client signs in with: one of a service principal, a
// workload and the session of an interactive login. The zero value is none.
type Credentials struct {
	// Origin says where they were set, for messages.
	Origin string

	ServicePrincipal *auth.OauthConfig
	Workload         *workload.IdentityProviderConfig
	LoginCache       string // path of the token cache that `hcp auth login` wrote
}

// resourceName is the form of the name of a workload identity provider, from
// the SDK's documentation. The name becomes part of a URL.
var resourceName = regexp.MustCompile(`^iam/project/[\w-]+/service-principal/[\w-]+/workload-identity-provider/[\w-]+$`)

// CheckResourceName returns an error that says what form the resource name of a
// workload identity provider must have, or nil.
func CheckResourceName(name string) error {
	if !resourceName.MatchString(name) {
		return fmt.Errorf("%q is not of the form iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME", name)
	}
	return nil
}

// ReadCredentialFile reads an HCP credential file of either kind. The error
// tells the path and the problem, and never anything of the file's contents.
func ReadCredentialFile(path string) (Credentials, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file cannot be read: %w", err)
	}
	credentials, err := parseCredentialFile(data)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file %s cannot be used: %w", path, err)
	}
	return credentials, nil
}

func parseCredentialFile(data []byte) (Credentials, error) {
	var file auth.CredentialFile
	if err := json.Unmarshal(data, &file); err != nil {
		return Credentials{}, errors.New(decodeProblem("it", err))
	}
	if err := file.Validate(); err != nil {
		return Credentials{}, err
	}
	if file.Workload != nil {
		if err := CheckResourceName(file.Workload.ProviderResourceName); err != nil {
			return Credentials{}, err
		}
	}
	return Credentials{ServicePrincipal: file.Oauth, Workload: file.Workload}, nil
}

// HasLogin reports whether the token cache at path holds the session of an
// interactive login.
func HasLogin(path string) bool {
	data, err := os.ReadFile(path)
	if err != nil {
		return false
	}
	var cache struct {
		Login *struct {
			AccessToken string `json:"access_token"`
		} `json:"login"`
	}
	return json.Unmarshal(data, &cache) == nil && cache.Login != nil && cache.Login.AccessToken != ""
}
