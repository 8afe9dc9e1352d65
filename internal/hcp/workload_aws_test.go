package hcp

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/hcp-sdk-go/auth/workload"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

const (
	awsKeyID   = "AKIAEXAMPLE"
	awsSecret  = "an/AWS+secret"
	awsSession = "an-AWS-session"
)

// newAWSFake starts a fake that accepts the identity of an AWS workload.
func newAWSFake(t *testing.T) (*hcpfake.Server, Config) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"} {
		t.Setenv(name, "")
	}
	fake, endpoint := newFake(t)
	fake.Update(func(s *hcpfake.Seed) {
		client := &s.Clients[0]
		client.AWSAccessKeyID, client.AWSSecretAccessKey, client.AWSSessionToken = awsKeyID, awsSecret, awsSession
	})
	return fake, configFor(endpoint)
}

func awsCredentials(t *testing.T, cfg *Config, source workload.AWSCredentialSource) {
	t.Helper()
	cfg.Credentials = workloadCredentials(t, workload.IdentityProviderConfig{AWS: &source})
}

func TestAWSWorkloadWithKeysInEnvironment(t *testing.T) {
	for name, tc := range map[string]struct {
		variable, value string // changed
		kind            registry.Kind
		status          int
	}{
		"valid":          {"AWS_DEFAULT_REGION", "us-east-1", 0, 0},
		"another region": {"AWS_REGION", "us-east-1", 0, 0},
		"wrong secret":   {"AWS_SECRET_ACCESS_KEY", "guess", registry.CredentialsRefused, 401},
		"invalid region": {"AWS_REGION", "evil.example/", registry.NoCredentials, 0},
	} {
		t.Run(name, func(t *testing.T) {
			fake, cfg := newAWSFake(t)
			t.Setenv("AWS_REGION", "eu-central-1")
			t.Setenv("AWS_ACCESS_KEY_ID", awsKeyID)
			t.Setenv("AWS_SECRET_ACCESS_KEY", awsSecret)
			t.Setenv("AWS_SESSION_TOKEN", awsSession)
			t.Setenv(tc.variable, tc.value)
			awsCredentials(t, &cfg, workload.AWSCredentialSource{})
			_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
			switch {
			case tc.kind != 0:
				requireFailure(t, err, tc.kind, tc.status, "")
			case err != nil:
				t.Error(err)
			default:
				requireOperations(t, fake, hcpfake.ExchangeToken, hcpfake.GetChannel)
			}
		})
	}
}

// AWS workloads sign in like all others: transient failures are retried and observed,
// and what was sent is redacted.
func TestAWSWorkloadFailures(t *testing.T) {
	setKeys := func(t *testing.T) {
		t.Setenv("AWS_REGION", "eu-central-1")
		t.Setenv("AWS_ACCESS_KEY_ID", awsKeyID)
		t.Setenv("AWS_SECRET_ACCESS_KEY", awsSecret)
		t.Setenv("AWS_SESSION_TOKEN", awsSession)
	}
	t.Run("transient", func(t *testing.T) {
		fake, cfg := newAWSFake(t)
		setKeys(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.ExchangeToken, Status: 503, Times: 2})
		var statuses []int
		cfg.Observe = func(_ context.Context, attempt transport.Attempt) { statuses = append(statuses, attempt.Status) }
		awsCredentials(t, &cfg, workload.AWSCredentialSource{})
		if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
			t.Error(err)
		}
		if want := []int{503, 503, 200, 200}; !slices.Equal(statuses, want) {
			t.Errorf("observed %v, want %v", statuses, want)
		}
	})
	t.Run("no response", func(t *testing.T) {
		fake, cfg := newAWSFake(t)
		setKeys(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.ExchangeToken, Hang: true})
		awsCredentials(t, &cfg, workload.AWSCredentialSource{})
		_, err := newClient(t, cfg).Iteration(withTimeout(t, 200*time.Millisecond), testChannel)
		requireFailure(t, err, registry.TimedOut, 0, "")
		if n := fake.Count(hcpfake.ExchangeToken); n != 1 {
			t.Errorf("%d requests", n)
		}
	})
	t.Run("redacted", func(t *testing.T) {
		fake, cfg := newAWSFake(t)
		setKeys(t)
		fake.Inject(hcpfake.Fault{Operation: hcpfake.ExchangeToken, Status: 400, Body: `{"code": 3, "message": "` + awsSecret + `, ` + awsSession + `"}`})
		awsCredentials(t, &cfg, workload.AWSCredentialSource{})
		_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
		requireFailure(t, err, registry.CredentialsRefused, 400, "(redacted), (redacted)")
	})
}

// newMetadataService starts the metadata service of an EC2 instance. Its version 2
// requires a session token; where there is only version 1, it has none to give.
func newMetadataService(t *testing.T, v2 bool) *metadataService {
	t.Helper()
	m := &metadataService{v2: v2, role: "web-server\n"}
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.URL)
	return m
}

type metadataService struct {
	v2   bool
	role string // of the instance

	mu    sync.Mutex
	fails int // how many requests fail first
	paths []string
}

func (m *metadataService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paths = append(m.paths, r.Method+" "+r.URL.Path)
	if m.fails > 0 {
		m.fails--
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if token := r.Header.Get("X-Aws-Ec2-Metadata-Token"); m.v2 && r.Method == http.MethodGet && token != "imds-session" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if m.v2 && r.Method == http.MethodPut {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
		_, _ = w.Write([]byte("imds-session"))
		return
	}
	body := map[string]string{
		"GET /latest/dynamic/instance-identity/document":            `{"region": "eu-central-1"}`,
		"GET /latest/meta-data/iam/security-credentials/":           m.role,
		"GET /latest/meta-data/iam/security-credentials/web-server": `{"Code": "Success", "AccessKeyId": "` + awsKeyID + `", "SecretAccessKey": "` + awsSecret + `", "Token": "` + awsSession + `"}`,
	}[r.Method+" "+r.URL.Path]
	if body == "" {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = w.Write([]byte(body))
}

func TestAWSWorkloadOnEC2(t *testing.T) {
	const (
		token  = "PUT /latest/api/token"
		region = "GET /latest/dynamic/instance-identity/document"
		roles  = "GET /latest/meta-data/iam/security-credentials/"
		keys   = "GET /latest/meta-data/iam/security-credentials/web-server"
	)
	for name, tc := range map[string]struct {
		v2    bool
		fails int
		env   string // region, if it is known
		want  []string
	}{
		"version 1":         {false, 0, "", []string{token, region, roles, keys}},
		"version 2":         {true, 0, "", []string{token, region, roles, keys}},
		"known region":      {true, 0, "eu-central-1", []string{token, roles, keys}},
		"transient failure": {true, 1, "", []string{token, token, region, roles, keys}},
	} {
		t.Run(name, func(t *testing.T) {
			fake, cfg := newAWSFake(t)
			t.Setenv("AWS_REGION", tc.env)
			service := newMetadataService(t, tc.v2)
			service.fails = tc.fails
			awsCredentials(t, &cfg, workload.AWSCredentialSource{IMDSv2: tc.v2})
			if _, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel); err != nil {
				t.Error(err)
			}
			if !slices.Equal(service.paths, tc.want) {
				t.Errorf("requests %v, want %v", service.paths, tc.want)
			}
			requireOperations(t, fake, hcpfake.ExchangeToken, hcpfake.GetChannel)
		})
	}
}

func TestAWSWorkloadWithoutKeys(t *testing.T) {
	for _, role := range []string{"", "unknown"} {
		fake, cfg := newAWSFake(t)
		newMetadataService(t, true).role = role
		awsCredentials(t, &cfg, workload.AWSCredentialSource{IMDSv2: true})
		_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
		says := "could not be obtained from the AWS metadata service: HTTP status 404"
		if failure := requireFailure(t, err, registry.NoCredentials, 0, ""); !strings.Contains(failure.Error(), says) {
			t.Errorf("role %q: got %v", role, err)
		}
		requireOperations(t, fake)
	}
}

// Outside of EC2 there is no metadata service, which says nothing about HCP.
func TestAWSWorkloadOutsideOfEC2(t *testing.T) {
	fake, cfg := newAWSFake(t)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://"+refusingAddress(t))
	awsCredentials(t, &cfg, workload.AWSCredentialSource{IMDSv2: true})
	_, err := newClient(t, cfg).Iteration(withTimeout(t, 10*time.Second), testChannel)
	requireFailure(t, err, registry.NoCredentials, 0, "outside of EC2 set AWS_REGION")
	requireOperations(t, fake)
}
