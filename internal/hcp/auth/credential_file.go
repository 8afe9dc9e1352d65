package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	sdkauth "github.com/hashicorp/hcp-sdk-go/auth"
	"github.com/hashicorp/hcp-sdk-go/config/files"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
)

// CredentialFile reads an HCP credential file, of a service principal or of a
// workload. Errors contain its path, and nothing secret of its content.
func CredentialFile(origin, path string) (Credentials, error) {
	data, err := readFile(path)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file cannot be read: %w", err)
	}
	source, err := parseCredentialFile(data)
	if err != nil {
		return Credentials{}, fmt.Errorf("the credential file %s cannot be used: %w", path, err)
	}
	return Credentials{origin, source}, nil
}

// DefaultCredentials returns what HCP's tools have left in a home directory: a
// credential file, or else the session of an interactive login. They are zero if
// there is neither.
func DefaultCredentials(home string) (Credentials, error) {
	directory := filepath.Join(home, filepath.FromSlash(files.DefaultDirectory))
	if _, err := os.Stat(directory); errors.Is(err, fs.ErrPermission) {
		return Credentials{}, nil // somebody else's home
	}
	file := filepath.Join(directory, sdkauth.CredentialFileName)
	if _, err := os.Lstat(file); !isMissing(err) { // Lstat: a broken link is an error, not a missing file
		return CredentialFile(file, file)
	}
	cache := filepath.Join(directory, files.TokenCacheFileName)
	if _, err := readLogin(cache); isMissing(err) || errors.Is(err, errNoSession) {
		return Credentials{}, nil
	}
	// A cache that cannot be used is reported when it is needed.
	return Credentials{"the session of hcp auth login", cachedLogin(cache)}, nil
}

// isMissing reports whether a file, or a directory on its path, does not exist.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

func parseCredentialFile(data []byte) (tokenSource, error) {
	var file sdkauth.CredentialFile
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // which some editors write at the beginning
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, errors.New(transport.DecodeProblem("it", err))
	}
	if file.Validate() != nil {
		return nil, invalidFile(&file) // the SDK's error may quote secrets
	}
	if file.Workload == nil {
		return servicePrincipal{file.Oauth.ClientID, file.Oauth.ClientSecret}, nil
	}
	return workloadIdentity{file.Workload}, CheckResourceName(file.Workload.ProviderResourceName)
}

// invalidFile returns an error that says what a file with its scheme must contain.
func invalidFile(file *sdkauth.CredentialFile) error {
	switch file.Scheme {
	case sdkauth.CredentialFileSchemeServicePrincipal:
		return fmt.Errorf("with scheme %q it must have oauth, with client_id and client_secret, and no workload", file.Scheme)
	case sdkauth.CredentialFileSchemeWorkload:
		return fmt.Errorf("with scheme %q it must have workload, and no oauth; workload must have provider_resource_name and "+
			"exactly one credential source, which must be complete: aws, env, file, token or url", file.Scheme)
	default:
		return fmt.Errorf("its scheme must be %q or %q", sdkauth.CredentialFileSchemeServicePrincipal, sdkauth.CredentialFileSchemeWorkload)
	}
}

// token matches JWTs.
var token = regexp.MustCompile(`^[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}$`)

// isContent reports whether a path looks like the content of a file, such as credentials or
// a token, which must not be shown.
func isContent(path string) bool {
	return strings.ContainsAny(path, "{\n\r") || token.MatchString(path) || len(path) > 4096
}

// maxFile is the maximum size of a file in bytes.
const maxFile = 1 << 20

// readFile reads a regular file. Reading anything else could block, or never end,
// as could files of /proc that claim to be empty.
func readFile(path string) ([]byte, error) {
	if isContent(path) {
		return nil, errors.New("a path is required, but what is set looks like the content of a file")
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s is larger than %d MiB", path, maxFile>>20)
	}
	return data, err
}
