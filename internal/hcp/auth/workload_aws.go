package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

type awsCallerIdentity = iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestTokenAWS4Request

// callerIdentity proves the identity of an AWS workload by a signed request to AWS for
// the caller's identity, which HCP sends on the workload's behalf. The SDK's
// auth/workload/aws.go defines where keys come from and what is signed.
func callerIdentity(ctx context.Context, settings transport.Config, resourceName string) (*awsCallerIdentity, error) {
	region, keys, err := awsKeys(ctx, settings)
	if err != nil {
		return nil, noProof("the AWS metadata service", err)
	}
	identity, err := signCallerIdentity(ctx, region, keys, resourceName, time.Now())
	if err != nil {
		return nil, invalidCredentials(err)
	}
	settings.Redactor.Add(keys.SecretAccessKey, keys.SessionToken, identity.Headers["Authorization"])
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

// maxMetadataTime is how long the metadata service, which is on the machine itself,
// may take. Where there is none, connections to it often hang.
const maxMetadataTime = 5 * time.Second

// awsKeys returns the workload's region and keys, from the environment or else from the
// metadata service of the EC2 instance.
func awsKeys(ctx context.Context, settings transport.Config) (region string, keys aws.Credentials, err error) {
	region = cmp.Or(os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"))
	keys.AccessKeyID, keys.SecretAccessKey = os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY")
	keys.SessionToken = os.Getenv("AWS_SESSION_TOKEN")
	ctx, cancel := context.WithTimeout(ctx, maxMetadataTime)
	defer cancel()
	metadata := newMetadata(settings)
	if region == "" {
		instance, err := metadata.GetRegion(ctx, nil)
		if err != nil {
			return "", keys, metadataError(err)
		}
		region = instance.Region
	}
	if !keys.HasKeys() {
		keys, err = ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = metadata }).Retrieve(ctx)
	}
	return region, keys, metadataError(err)
}

// newMetadata returns the client of the metadata service of an EC2 instance. It uses
// version 2 of the service if there is one.
func newMetadata(settings transport.Config) *imds.Client {
	base := transport.NewBase(nil)
	base.Proxy = nil
	settings.Foreign = true
	return imds.New(imds.Options{
		HTTPClient: &http.Client{Transport: transport.New(base, settings)},
		Retryer:    aws.NopRetryer{}, // the transport sends requests again
	})
}

// metadataError returns the cause of an error of the metadata service's client.
func metadataError(err error) error {
	var failure *registry.Failure
	switch {
	case !errors.As(err, &failure):
		return err
	case failure.Status == 0 && failure.Kind != registry.InvalidRequest:
		return errors.New("it does not respond; outside of EC2 set AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	default:
		return failure
	}
}
