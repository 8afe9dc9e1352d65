package hcp

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	"github.com/hashicorp/hcp-sdk-go/config/files"
)

// Credentials are what the client signs in with: one of a service principal, a
// workload and the session of an interactive login. The zero value is none.
type Credentials struct {
	origin string // where they were set, for messages

	servicePrincipal *auth.OauthConfig
	workload         *workload.IdentityProviderConfig
	loginCache       string // path of the token cache that `hcp auth login` wrote
}

// ServicePrincipal returns the credentials of a service principal's key. The
// origin of credentials says where they were set, for messages.
func ServicePrincipal(origin, clientID, clientSecret string) Credentials {
	return Credentials{origin: origin, servicePrincipal: &auth.OauthConfig{ClientID: clientID, ClientSecret: clientSecret}}
}

// WorkloadToken returns the credentials of a workload that has the given token
// of another identity provider, which HCP knows by its resource name.
func WorkloadToken(origin, resourceName, token string) Credentials {
	return Credentials{origin: origin, workload: &workload.IdentityProviderConfig{
		ProviderResourceName: resourceName,
		Token:                &workload.CredentialTokenSource{Token: token},
	}}
}

// WorkloadTokenFile is WorkloadToken for a token that stands in a file, which
// is read anew at each sign-in.
func WorkloadTokenFile(origin, resourceName, path string) (Credentials, error) {
	if _, err := os.Stat(path); err != nil {
		return Credentials{}, fmt.Errorf("the token file cannot be read: %w", err)
	}
	return Credentials{origin: origin, workload: &workload.IdentityProviderConfig{
		ProviderResourceName: resourceName,
		File:                 &workload.FileCredentialSource{Path: path},
	}}, nil
}

// CredentialFile reads an HCP credential file of either kind. The error tells
// the path and the problem, and never anything of the file's contents.
func CredentialFile(origin, path string) (Credentials, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file cannot be read: %w", err)
	}
	credentials, err := parseCredentialFile(data)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file %s cannot be used: %w", path, err)
	}
	credentials.origin = origin
	return credentials, nil
}

// HomeCredentials returns what HCP's tools left in a home directory: a
// credential file, or else the session of an interactive login. They are the
// zero value if there is neither.
func HomeCredentials(home string) (Credentials, error) {
	directory := filepath.Join(home, filepath.FromSlash(files.DefaultDirectory))
	file := filepath.Join(directory, auth.CredentialFileName)
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		return CredentialFile(file, file)
	}
	cache := filepath.Join(directory, files.TokenCacheFileName)
	if hasLogin(cache) {
		return Credentials{origin: "the session of hcp auth login", loginCache: cache}, nil
	}
	return Credentials{}, nil
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
	return Credentials{servicePrincipal: file.Oauth, workload: file.Workload}, nil
}

// hasLogin reports whether the token cache at path holds the session of an
// interactive login.
func hasLogin(path string) bool {
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
