package hcp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

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
func WorkloadTokenFile(origin, resourceName, path string) Credentials {
	return Credentials{origin: origin, workload: &workload.IdentityProviderConfig{
		ProviderResourceName: resourceName,
		File:                 &workload.FileCredentialSource{Path: path},
	}}
}

// CredentialFile reads an HCP credential file of either kind. The error tells
// the path and the problem, and nothing secret of the file's contents.
func CredentialFile(origin, path string) (Credentials, error) {
	data, err := readFile(path)
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
	// Lstat: a link that leads nowhere is a fault to be told.
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return CredentialFile(file, file)
	}
	cache := filepath.Join(directory, files.TokenCacheFileName)
	if _, err := readLogin(cache); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, errNoSession) {
		return Credentials{}, nil
	}
	// A cache that cannot be used is a fault to be told, when it is needed.
	return Credentials{origin: "the session of hcp auth login", loginCache: cache}, nil
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
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // which some editors put in front
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

// maxFile is the size in bytes of the largest file that is read.
const maxFile = 1 << 20

// readFile reads a regular file: anything else could keep the read waiting, or
// have no end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", path)
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	return os.ReadFile(path)
}

// readToken reads a file that holds a token.
func readToken(path string) ([]byte, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	if data = bytes.TrimSpace(data); len(data) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	return data, nil
}
