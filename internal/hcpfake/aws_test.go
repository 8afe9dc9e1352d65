package hcpfake_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/auth/workload"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	"github.com/hashicorp/hcp-sdk-go/config"
	"golang.org/x/oauth2"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

const (
	awsKeyID   = "AKIAEXAMPLE"
	awsSecret  = "an/AWS+secret"
	awsSession = "an AWS session"
)

func newAWSFake(t *testing.T, opts ...hcpfake.Option) *hcpfake.Server {
	t.Helper()
	fake := newFake(t, opts...)
	fake.Update(func(s *hcpfake.Seed) {
		c := &s.Clients[0]
		c.WorkloadProvider = workloadProvider
		c.AWSAccessKeyID, c.AWSSecretAccessKey, c.AWSSessionToken = awsKeyID, awsSecret, awsSession
	})
	return fake
}

// The fake must accept what the SDK signs.
func TestSDKWorkloadOnAWS(t *testing.T) {
	// The SDK signs the local time as if it were UTC.
	fake := newAWSFake(t, hcpfake.WithClock(func() time.Time {
		now := time.Now()
		_, offset := now.Zone()
		return now.Add(time.Duration(offset) * time.Second)
	}))
	e := listen(t, fake)
	exchange := func(provider, secret, session string) (*oauth2.Token, error) {
		t.Setenv("AWS_ACCESS_KEY_ID", awsKeyID)
		t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
		t.Setenv("AWS_SESSION_TOKEN", session)
		t.Setenv("AWS_REGION", "eu-central-1")
		p, err := workload.New(&workload.IdentityProviderConfig{
			ProviderResourceName: provider,
			AWS:                  &workload.AWSCredentialSource{},
		})
		check(t, err)
		cfg, err := config.NewHCPConfig(config.WithAPI(e.Addr, e.TLSConfig()), config.WithTokenSource(p))
		check(t, err)
		p.SetAPI(cfg)
		return p.Token()
	}
	token, err := exchange(workloadProvider, awsSecret, awsSession)
	check(t, err)
	r := httptest.NewRequest(http.MethodGet, packer2023+"/registry", nil)
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	equal(t, "the status with the token", serve(fake, r).Code, 200)

	for name, c := range map[string]struct{ provider, secret, session, want string }{
		"wrong secret":     {workloadProvider, "guess", awsSession, "401"},
		"wrong session":    {workloadProvider, awsSecret, "guess", "401"},
		"no session":       {workloadProvider, awsSecret, "", "401"},
		"unknown provider": {workloadProvider + "x", awsSecret, awsSession, "404"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := exchange(c.provider, c.secret, c.session); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	fake.Update(func(s *hcpfake.Seed) { s.Clients[0].AWSSessionToken = "" })
	_, err = exchange(workloadProvider, awsSecret, "any session")
	check(t, err)
}

// proof is a request to STS that a test can modify before and after signing it.
type proof struct {
	iam.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestTokenAWS4Request
	signed []string // names of the headers
	date   time.Time
	region string
}

func newProof() *proof {
	p := &proof{
		signed: []string{"host", "x-amz-date", "x-amz-security-token", "x-hcp-workload-identity-provider"},
		date:   start,
		region: "us-east-1",
	}
	p.Method, p.URL = http.MethodPost, "https://sts.us-east-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
	p.Headers = map[string]string{
		"host":                             "sts.us-east-1.amazonaws.com",
		"x-amz-date":                       "20241104T120000Z",
		"x-amz-security-token":             awsSession,
		"x-hcp-workload-identity-provider": workloadProvider,
	}
	return p
}

func (p *proof) sign() {
	hash := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	_, query, _ := strings.Cut(p.URL, "?")
	request := p.Method + "\n/\n" + query + "\n"
	for _, name := range p.signed {
		request += name + ":" + p.Headers[name] + "\n"
	}
	request += "\n" + strings.Join(p.signed, ";") + "\n" + hash("")
	day := p.date.Format("20060102")
	key := "AWS4" + awsSecret
	for _, part := range []string{
		day, p.region, "sts", "aws4_request",
		"AWS4-HMAC-SHA256\n" + p.Headers["x-amz-date"] + "\n" + day + "/" + p.region + "/sts/aws4_request\n" + hash(request),
	} {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(part))
		key = string(mac.Sum(nil))
	}
	p.Headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=" + awsKeyID + "/" + day + "/" + p.region + "/sts/aws4_request, " +
		"SignedHeaders=" + strings.Join(p.signed, ";") + ", Signature=" + hex.EncodeToString([]byte(key))
}

func (p *proof) setDate(date time.Time) {
	p.date, p.Headers["x-amz-date"] = date, date.Format("20060102T150405Z")
}

func TestAWSProof(t *testing.T) {
	unsign := func(name string) func(*proof) {
		return func(p *proof) {
			p.signed = slices.DeleteFunc(p.signed, func(signed string) bool { return signed == name })
		}
	}
	nothing := func(*proof) {}
	for name, c := range map[string]struct {
		before, after func(*proof) // modify it before and after signing
		want          string       // in the error; "" if it is accepted
	}{
		"valid":                {nothing, nothing, ""},
		"15 minutes old":       {func(p *proof) { p.setDate(start.Add(-15 * time.Minute)) }, nothing, ""},
		"15 minutes early":     {func(p *proof) { p.setDate(start.Add(15 * time.Minute)) }, nothing, ""},
		"too old":              {func(p *proof) { p.setDate(start.Add(-15*time.Minute - time.Second)) }, nothing, "was signed at"},
		"too early":            {func(p *proof) { p.setDate(start.Add(15*time.Minute + time.Second)) }, nothing, "was signed at"},
		"no date":              {func(p *proof) { delete(p.Headers, "x-amz-date") }, nothing, "x-amz-date"},
		"GET":                  {func(p *proof) { p.Method = http.MethodGet }, nothing, "not POST"},
		"other action":         {func(p *proof) { p.URL = "https://sts.us-east-1.amazonaws.com?Action=AssumeRole" }, nothing, "not GetCallerIdentity"},
		"other host":           {func(p *proof) { p.URL = "https://sts.example.com?Action=GetCallerIdentity" }, nothing, "STS endpoint"},
		"host as a prefix":     {func(p *proof) { p.URL = "https://sts.us-east-1.amazonaws.com.example.com?Action=GetCallerIdentity" }, nothing, "STS endpoint"},
		"plain HTTP":           {func(p *proof) { p.URL = "http" + strings.TrimPrefix(p.URL, "https") }, nothing, "STS endpoint"},
		"bad URL":              {func(p *proof) { p.URL = "https://sts.us-east-1.amazonaws.com:x" }, nothing, "URL is invalid"},
		"other host header":    {func(p *proof) { p.Headers["host"] = "sts.eu-central-1.amazonaws.com" }, nothing, "host header"},
		"other provider":       {func(p *proof) { p.Headers["x-hcp-workload-identity-provider"] += "x" }, nothing, "does not name the provider"},
		"no provider":          {func(p *proof) { delete(p.Headers, "x-hcp-workload-identity-provider") }, nothing, "does not name the provider"},
		"unsigned provider":    {unsign("x-hcp-workload-identity-provider"), nothing, "provider header is not signed"},
		"unsigned host":        {unsign("host"), nothing, "host header is not signed"},
		"unsigned date":        {unsign("x-amz-date"), nothing, "x-amz-date header is not signed"},
		"unsigned session":     {unsign("x-amz-security-token"), nothing, "x-amz-security-token header is not signed"},
		"scope of another day": {func(p *proof) { p.date = start.AddDate(0, 0, 1) }, nothing, "signature"},
		"scope elsewhere":      {func(p *proof) { p.region = "eu-central-1" }, nothing, "signature"},
		"date after signing":   {nothing, func(p *proof) { p.setDate(start.Add(time.Second)) }, "signature"},
		"query after signing":  {nothing, func(p *proof) { p.URL += "&x=y" }, "signature"},
		"body after signing":   {nothing, func(p *proof) { p.Body = "x" }, "signature"},
		"no signature":         {nothing, func(p *proof) { delete(p.Headers, "Authorization") }, "not signed"},
		"other key": {nothing, func(p *proof) {
			p.Headers["Authorization"] = strings.Replace(p.Headers["Authorization"], awsKeyID, "AKIAOTHER", 1)
		}, "signature"},
		"no spaces": {nothing, func(p *proof) {
			p.Headers["Authorization"] = strings.ReplaceAll(p.Headers["Authorization"], ", ", ",")
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProof()
			c.before(p)
			p.sign()
			c.after(p)
			w := exchangeProof(t, newAWSFake(t), p)
			if c.want == "" {
				equal(t, "the status", w.Code, 200)
				return
			}
			wantStatus(t, w, 401, 16)
			if !strings.Contains(w.Body.String(), c.want) {
				t.Errorf("got %s, want %q in it", w.Body, c.want)
			}
		})
	}
}

func TestAWSProofWithoutKeys(t *testing.T) {
	fake := newFake(t)
	fake.Update(func(s *hcpfake.Seed) { s.Clients[0].WorkloadProvider = workloadProvider })
	p := newProof()
	p.sign()
	wantStatus(t, exchangeProof(t, fake, p), 401, 16)
}

func exchangeProof(t *testing.T, fake *hcpfake.Server, p *proof) *httptest.ResponseRecorder {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"aws_get_caller_id_token": p.HashicorpCloudIamExchangeWorkloadIdentityTokenRequestTokenAWS4Request,
	})
	check(t, err)
	return serve(fake, httptest.NewRequest(http.MethodPost, "/2019-12-10/"+workloadProvider+"/exchange-token", strings.NewReader(string(body))))
}
