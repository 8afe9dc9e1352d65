package hcpfake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
)

// awsProof is a signed GetCallerIdentity request. A workload on AWS sends it to
// HCP instead of a JWT, and HCP forwards it to AWS STS, which responds with the
// identity of the signer.
type awsProof = iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestTokenAWS4Request

const (
	awsDateFormat = "20060102T150405Z"
	awsMaxAge     = 15 * time.Minute // in the past or in the future

	// workloadHeader binds the request to one workload identity provider, so
	// that it cannot be replayed against another.
	workloadHeader = "x-hcp-workload-identity-provider"
)

var stsHost = regexp.MustCompile(`^sts\.([a-z0-9-]+)\.amazonaws\.com$`)

// checkAWSProof does the checks of both HCP (endpoint, action, provider) and STS
// (age, session token, signature). What HCP requires of the request is documented
// at awsProof.Headers and at callerIdentityRequest in the SDK's auth/workload.
func checkAWSProof(proof *awsProof, client Client, provider string, now time.Time) error {
	headers := make(map[string]string)
	for name, value := range proof.Headers {
		headers[strings.ToLower(name)] = strings.Join(strings.Fields(value), " ")
	}
	u, err := url.Parse(proof.URL)
	if err != nil {
		return errors.New("the URL is invalid")
	}
	region := stsHost.FindStringSubmatch(u.Host)
	date, dateErr := time.Parse(awsDateFormat, headers["x-amz-date"])
	switch {
	case proof.Method != http.MethodPost:
		return errors.New("the method is not POST")
	case u.Scheme != "https" || region == nil || strings.Trim(u.Path, "/") != "":
		return errors.New("the URL is not a regional STS endpoint")
	case u.Query().Get("Action") != "GetCallerIdentity":
		return errors.New("the action is not GetCallerIdentity")
	case headers["host"] != u.Host:
		return errors.New("the host header does not match the URL")
	case headers[workloadHeader] != provider:
		return fmt.Errorf("the %s header does not name the provider", workloadHeader)
	case dateErr != nil:
		return errors.New("the x-amz-date header is missing or invalid")
	case now.Sub(date).Abs() > awsMaxAge:
		return fmt.Errorf("the request was signed at %s, but the time is %s", date, now)
	case client.AWSSessionToken != "" && !secretMatches(client.AWSSessionToken, headers["x-amz-security-token"]):
		return errors.New("the session token is wrong")
	}

	_, list, _ := strings.Cut(headers["authorization"], "SignedHeaders=")
	list, _, _ = strings.Cut(list, ",")
	signed := strings.Split(list, ";")
	for name := range headers {
		if (name == "host" || name == workloadHeader || strings.HasPrefix(name, "x-amz-")) && !slices.Contains(signed, name) {
			return fmt.Errorf("the %s header is not signed", name)
		}
	}
	want := awsAuthorization(proof, u, headers, signed, client, date, region[1])
	if client.AWSAccessKeyID == "" || !secretMatches(want, strings.ReplaceAll(headers["authorization"], ", ", ",")) {
		return errors.New("the signature does not match")
	}
	return nil
}

// awsAuthorization returns the Authorization header that AWS Signature Version 4
// requires, without the optional spaces after its commas. See
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html.
func awsAuthorization(proof *awsProof, u *url.URL, headers map[string]string, signed []string, client Client, date time.Time, region string) string {
	var canonicalHeaders strings.Builder
	for _, name := range signed {
		fmt.Fprintf(&canonicalHeaders, "%s:%s\n", name, headers[name])
	}
	signedHeaders := strings.Join(signed, ";")
	canonicalRequest := strings.Join([]string{
		proof.Method,
		"/",
		strings.ReplaceAll(u.Query().Encode(), "+", "%20"),
		canonicalHeaders.String(),
		signedHeaders,
		hexSHA256(proof.Body),
	}, "\n")
	day := date.Format("20060102")
	scope := day + "/" + region + "/sts/aws4_request"
	stringToSign := "AWS4-HMAC-SHA256\n" + date.Format(awsDateFormat) + "\n" + scope + "\n" + hexSHA256(canonicalRequest)
	key := []byte("AWS4" + client.AWSSecretAccessKey)
	for _, part := range []string{day, region, "sts", "aws4_request", stringToSign} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders=%s,Signature=%x", client.AWSAccessKeyID, scope, signedHeaders, key)
}

func hexSHA256(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
