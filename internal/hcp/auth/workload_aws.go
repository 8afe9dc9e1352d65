package auth

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// awsWorkload proves the identity of an AWS workload by a signed request to AWS for
// the caller's identity, which HCP sends in the workload's stead. The SDK's
// auth/workload/aws.go defines where keys come from and what is signed.
type awsWorkload workload.AWSCredentialSource

type awsCallerIdentity = iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestTokenAWS4Request

func (w awsWorkload) callerIdentity(ctx context.Context, cfg Config, resourceName string) (*awsCallerIdentity, error) {
	region, keys, err := w.keys(ctx, cfg.Transport)
	if err != nil {
		return nil, noProof("the AWS metadata service", err)
	}
	identity, err := signCallerIdentity(ctx, region, keys, resourceName, time.Now())
	if err != nil {
		return nil, invalidCredentials(err)
	}
	cfg.Transport.Redactor.Add(keys.SecretAccessKey, keys.SessionToken, identity.Headers["Authorization"])
	return identity, nil
}

// awsRegion is the form of AWS regions. They become part of a host name.
var awsRegion = regexp.MustCompile(`^[a-z0-9-]+$`)

// signCallerIdentity signs the request for the owner of keys. The resource name is
// signed too, so that the proof cannot be used for another.
func signCallerIdentity(ctx context.Context, region string, keys aws.Credentials, resourceName string, now time.Time) (*awsCallerIdentity, error) {
	if !awsRegion.MatchString(region) {
		return nil, errors.New("the AWS region of the workload is not valid; check AWS_REGION")
	}
	endpoint := fmt.Sprintf("https://sts.%s.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15", region)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Hcp-Workload-Identity-Provider", resourceName)
	noBody := hex.EncodeToString(sha256.New().Sum(nil))
	if err := v4.NewSigner().SignHTTP(ctx, keys, req, noBody, "sts", region, now); err != nil {
		return nil, errors.New("the request for the AWS caller identity cannot be signed")
	}
	headers := map[string]string{"Host": req.Host}
	for name := range req.Header {
		headers[name] = req.Header.Get(name)
	}
	return &awsCallerIdentity{Headers: headers, Method: req.Method, URL: req.URL.String()}, nil
}

// keys returns the workload's region and keys, from the environment or else from the
// metadata service of the EC2 instance.
func (w awsWorkload) keys(ctx context.Context, settings transport.Config) (region string, keys aws.Credentials, err error) {
	region = cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	keys.AccessKeyID, keys.SecretAccessKey = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	keys.SessionToken = os.Getenv("AWS_SESSION_TOKEN")
	if region != "" && keys.HasKeys() {
		return region, keys, nil
	}
	metadata, err := newAWSMetadata(ctx, settings, w.IMDSv2)
	if err == nil && region == "" {
		region, err = metadata.get(ctx, "placement/region")
	}
	if err == nil && !keys.HasKeys() {
		keys, err = metadata.keys(ctx)
	}
	return region, keys, err
}

// awsMetadata is the metadata service of an EC2 instance.
type awsMetadata struct {
	client *http.Client
	header http.Header
}

// maxMetadataTime is how long the metadata service, which is on the machine itself,
// may take. Where there is none, connections to it often hang.
const maxMetadataTime = 5 * time.Second

// newAWSMetadata returns the service, of which version 2 requires a session token.
func newAWSMetadata(ctx context.Context, settings transport.Config, v2 bool) (*awsMetadata, error) {
	base := transport.NewBase(nil)
	base.Proxy = nil
	m := &awsMetadata{client: fetchClient(base, settings), header: make(http.Header)}
	if !v2 {
		return m, nil
	}
	token, err := m.send(ctx, http.MethodPut, "/latest/api/token", http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"300"}})
	settings.Redactor.Add(token)
	m.header.Set("X-Aws-Ec2-Metadata-Token", token)
	return m, err
}

// keys returns the keys of the instance's role.
func (m *awsMetadata) keys(ctx context.Context) (aws.Credentials, error) {
	role, err := m.get(ctx, "iam/security-credentials")
	if err != nil {
		return aws.Credentials{}, err
	}
	role, _, _ = strings.Cut(role, "\n")
	document, err := m.get(ctx, "iam/security-credentials/"+url.PathEscape(role))
	if err != nil {
		return aws.Credentials{}, err
	}
	var found struct{ AccessKeyID, SecretAccessKey, Token string } // case does not matter: it is AccessKeyId
	if json.Unmarshal([]byte(document), &found) != nil || found.AccessKeyID == "" || found.SecretAccessKey == "" {
		return aws.Credentials{}, errors.New("the role of the EC2 instance has no keys")
	}
	return aws.Credentials{AccessKeyID: found.AccessKeyID, SecretAccessKey: found.SecretAccessKey, SessionToken: found.Token}, nil
}

func (m *awsMetadata) get(ctx context.Context, path string) (string, error) {
	return m.send(ctx, http.MethodGet, "/latest/meta-data/"+path, m.header)
}

func (m *awsMetadata) send(ctx context.Context, method, path string, header http.Header) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, maxMetadataTime)
	defer cancel()
	service := cmp.Or(os.Getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "http://169.254.169.254")
	req, err := http.NewRequestWithContext(ctx, method, service+path, nil)
	if err != nil {
		return "", errors.New("AWS_EC2_METADATA_SERVICE_ENDPOINT is not a valid URL")
	}
	req.Header = header.Clone()
	body, err := fetch(m.client, req)
	var failure *registry.Failure
	if errors.As(err, &failure) && failure.Status == 0 && failure.Kind != registry.InvalidRequest {
		err = errors.New("it does not respond; outside of EC2 set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	return string(bytes.TrimSpace(body)), err
}
