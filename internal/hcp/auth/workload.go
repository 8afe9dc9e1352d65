package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	"github.com/xeipuuv/gojsonpointer"
	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// WorkloadToken returns the credentials of a workload with a token of another
// identity provider, which HCP knows by its resource name.
func WorkloadToken(origin, resourceName, token string) Credentials {
	return Credentials{origin, workloadIdentity{&workload.IdentityProviderConfig{
		ProviderResourceName: resourceName,
		Token:                &workload.CredentialTokenSource{Token: token},
	}}}
}

// WorkloadTokenFile is like WorkloadToken for a token in a file, which is re-read
// at every sign-in.
func WorkloadTokenFile(origin, resourceName, path string) Credentials {
	return Credentials{origin, workloadIdentity{&workload.IdentityProviderConfig{
		ProviderResourceName: resourceName,
		File:                 &workload.FileCredentialSource{Path: path},
	}}}
}

// resourceName is the form of the resource names of workload identity providers, by
// the SDK's documentation. They become part of a URL.
var resourceName = regexp.MustCompile(`^iam/project/[\w-]+/service-principal/[\w-]+/workload-identity-provider/[\w-]+$`)

// CheckResourceName returns an error if the resource name of a workload identity
// provider is not of the required form.
func CheckResourceName(name string) error {
	const form = "is not of the form iam/project/PROJECT/service-principal/NAME/workload-identity-provider/NAME"
	switch {
	case resourceName.MatchString(name):
		return nil
	case strings.HasPrefix(name, "iam/"):
		return fmt.Errorf("%q %s", name, form)
	default: // it may be a token in the wrong place
		return errors.New("the resource name " + form)
	}
}

// workloadIdentity signs in with a proof of identity that the workload obtained
// elsewhere.
type workloadIdentity struct {
	config *workload.IdentityProviderConfig
}

// proof is the body of a request to exchange a proof of identity for an access token.
type proof = iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestToken

func (w workloadIdentity) Token(ctx context.Context, cfg Config, _ *oauth2.Token) (*oauth2.Token, error) {
	proof, err := w.prove(ctx, cfg)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(proof)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, cfg.APIURL+"/2019-12-10/"+w.config.ProviderResourceName+"/exchange-token", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: transport.New(cfg.API, cfg.Transport)}
	resp, err := client.Do(req)
	if err != nil {
		return nil, signInError(err)
	}
	defer resp.Body.Close()
	var exchanged iam.HashicorpCloudIamExchangeWorkloadIdentityTokenResponse
	if err := json.NewDecoder(resp.Body).Decode(&exchanged); err != nil {
		return nil, transport.Cause(err)
	}
	token := &oauth2.Token{AccessToken: exchanged.AccessToken}
	if exchanged.ExpiresIn > 0 {
		token.Expiry = time.Now().Add(time.Duration(exchanged.ExpiresIn) * time.Second)
	}
	return token, nil
}

// prove obtains the proof of identity. Files, variables and URLs are read each time,
// because proofs are short-lived.
func (w workloadIdentity) prove(ctx context.Context, cfg Config) (proof, error) {
	var (
		source string
		data   []byte
		format workload.CredentialFormat
		err    error
	)
	switch config := w.config; {
	case config.AWS != nil:
		identity, err := callerIdentity(ctx, cfg.Transport, config.ProviderResourceName)
		return proof{AwsGetCallerIDToken: identity}, err
	case config.Token != nil:
		source, data = "the configuration", []byte(config.Token.Token)
	case config.File != nil:
		source, format = "the file "+config.File.Path, config.File.CredentialFormat
		if isContent(config.File.Path) {
			source = "a file"
		}
		data, err = readFile(config.File.Path)
	case config.EnvironmentVariable != nil:
		source, format = "the variable "+config.EnvironmentVariable.Var, config.EnvironmentVariable.CredentialFormat
		data = []byte(os.Getenv(config.EnvironmentVariable.Var))
	case config.URL != nil:
		source, format = "the URL", config.URL.CredentialFormat
		data, err = fetchToken(ctx, cfg, config.URL)
	}
	var token string
	if err == nil {
		token, err = extractToken(bytes.TrimSpace(data), format)
	}
	if err != nil {
		return proof{}, noProof(source, err)
	}
	cfg.Transport.Redactor.Add(token)
	return proof{JwtToken: token}, nil
}

// fetchToken requests the workload's token from a server other than HCP. What is sent
// there may be secret, but may also be an ordinary word, which HCP's responses contain;
// so it is redacted only from the failures of that server.
func fetchToken(ctx context.Context, cfg Config, source *workload.URLCredentialSource) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, source.URL, nil)
	if err != nil {
		return nil, errors.New("it is not valid") // err quotes it
	}
	for name, value := range source.Headers {
		req.Header.Set(name, value)
	}
	settings := cfg.Transport
	settings.Redactor, settings.Foreign = secretsOf(req), true
	client := &http.Client{Transport: transport.New(transport.NewBase(nil), settings)}
	resp, err := client.Do(req)
	if err != nil {
		return nil, transport.Cause(err)
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// secretsOf returns a Redactor of what is sent with a request, except the host: all
// of it, and its parts.
func secretsOf(req *http.Request) *transport.Redactor {
	user := req.URL.User.Username()
	password, _ := req.URL.User.Password()
	sent := []string{req.URL.EscapedPath(), req.URL.RawQuery, user, password, user + ":" + password}
	for _, values := range req.Header {
		sent = append(sent, values...)
	}
	var redactor transport.Redactor
	for _, text := range sent {
		parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("/&= ", r) })
		for _, secret := range append(parts, text) {
			decoded, _ := url.QueryUnescape(secret)
			redactor.Add(secret, decoded)
		}
	}
	return &redactor
}

// extractToken returns the token in data: all of it, or a member of a JSON object.
// Errors quote nothing of data.
func extractToken(data []byte, format workload.CredentialFormat) (string, error) {
	if len(data) == 0 {
		return "", errors.New("it is empty")
	}
	if format.Type != workload.FormatTypeJSON {
		if !isHeaderValue(string(data)) || json.Valid(data) { // such as {"value": …}, as tokens often come
			return "", errors.New("its content is not a token")
		}
		return string(data), nil
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return "", errors.New("it is not a JSON object")
	}
	pointer, _ := gojsonpointer.NewJsonPointer(format.SubjectCredentialPointer) // valid, or else the file would not be
	value, _, err := pointer.Get(object)
	if token, ok := value.(string); err == nil && ok && isHeaderValue(token) {
		return token, nil
	}
	return "", fmt.Errorf("it has no token at %q", format.SubjectCredentialPointer)
}

// noProof returns the failure to obtain the proof of a workload's identity. It counts as
// missing credentials, except that network failures, server errors and rate limits keep
// their kind.
func noProof(source string, err error) error {
	var failure *registry.Failure
	problem := fmt.Errorf("the workload's token could not be obtained from %s: %w", source, err)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &failure) && failure.Kind != registry.InvalidRequest &&
		(failure.Status < 400 || failure.Status >= 500 || failure.Kind == registry.RateLimited):
		failure.Err = errors.New(problem.Error())
		return failure
	default:
		return invalidCredentials(problem)
	}
}
