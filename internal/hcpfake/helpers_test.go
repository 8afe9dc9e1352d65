package hcpfake_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	httptransport "github.com/go-openapi/runtime/client"
	packerold "github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2021-04-30/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/organization_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	"github.com/hashicorp/hcp-sdk-go/config"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/hcplive"
)

const (
	orgID        = "11111111-1111-4111-8111-111111111111"
	projectID    = "22222222-2222-4222-8222-222222222222"
	otherProject = "33333333-3333-4333-8333-333333333333"
	reader       = "reader"
	projectOnly  = "project-only"
	secret       = "it's a % secret & more"
)

// start is the time of the clock of fakes made by newFake.
var start = time.Date(2024, 11, 4, 12, 0, 0, 0, time.UTC)

// testSeed returns one organization with two projects. The first has the bucket
// ubuntu with the versions v1 to v3 and the channels production (v2) and staging
// (unassigned), to which the fake adds latest.
func testSeed() hcpfake.Seed {
	version := func(name string) *hcpfake.Version {
		return &hcpfake.Version{
			Name:        name,
			Fingerprint: "fp-" + name,
			Builds: []*hcpfake.Build{{
				ComponentType: "amazon-ebs.ubuntu",
				Platform:      "aws",
				Labels:        map[string]string{"version": name},
				Artifacts: []*hcpfake.Artifact{
					{Region: "us-east-1", ExternalIdentifier: "ami-us-" + name},
					{Region: "eu-central-1", ExternalIdentifier: "ami-eu-" + name},
				},
			}},
		}
	}
	return hcpfake.Seed{
		Clients: []hcpfake.Client{
			{ID: reader, Secret: secret},
			{ID: projectOnly, Secret: secret, ProjectID: projectID},
		},
		Organizations: []*hcpfake.Organization{{
			ID: orgID, Name: "example",
			Projects: []*hcpfake.Project{
				{
					ID: projectID, Name: "images", Registry: hcpfake.ActiveRegistry(),
					Buckets: []*hcpfake.Bucket{{
						Name:     "ubuntu",
						Labels:   map[string]string{"team": "platform"},
						Versions: []*hcpfake.Version{version("v1"), version("v2"), version("v3")},
						Channels: []*hcpfake.Channel{
							{Name: "production", Version: "v2", AuthorID: "someone"},
							{Name: "staging"},
						},
					}},
				},
				{ID: otherProject, Name: "empty"},
			},
		}},
	}
}

// newFake returns a fake whose clock is stopped at start. Errors that it reports
// fail the test.
func newFake(t *testing.T, opts ...hcpfake.Option) *hcpfake.Server {
	t.Helper()
	defaults := []hcpfake.Option{
		hcpfake.WithErrorf(t.Errorf),
		hcpfake.WithClock(func() time.Time { return start }),
	}
	return hcpfake.New(testSeed(), append(defaults, opts...)...)
}

// inBothShapes runs a test against fakes that send unset fields, as HCP does, and
// against fakes that omit them. Clients must accept both.
func inBothShapes(t *testing.T, test func(t *testing.T, opts ...hcpfake.Option)) {
	t.Run("unset fields sent", func(t *testing.T) { test(t) })
	t.Run("unset fields omitted", func(t *testing.T) { test(t, hcpfake.WithUnsetOmitted()) })
}

func listen(t *testing.T, h http.Handler) *hcpfake.Endpoint {
	t.Helper()
	e, err := hcpfake.Listen(t.Context(), h, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("closing the endpoint: %v", err)
		}
	})
	return e
}

// sdkClients contains the SDK's clients.
type sdkClients struct {
	packer        packer_service.ClientService
	packer2021    packerold.ClientService
	organizations organization_service.ClientService
	projects      project_service.ClientService
	runtime       *httptransport.Runtime

	// The project to write to, or "" for the fake's first.
	organizationID, projectID string
}

// connect returns the SDK's clients, authenticated with the given credentials.
func connect(t *testing.T, e *hcpfake.Endpoint, clientID, clientSecret string) sdkClients {
	t.Helper()
	return clientsOf(hcplive.Runtime(t, configFor(t, e, clientID, clientSecret)))
}

// configFor returns the SDK's configuration for the endpoint. It sets HOME to a
// temporary directory, because the SDK caches tokens there.
func configFor(t *testing.T, e *hcpfake.Endpoint, clientID, clientSecret string) config.HCPConfig {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	cfg, err := config.NewHCPConfig(
		config.WithAPI(e.Addr, e.TLSConfig()),
		config.WithAuth(e.URL(), e.TLSConfig()),
		config.WithClientCredentials(clientID, clientSecret),
		config.WithoutBrowserLogin(),
	)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func clientsOf(rt *httptransport.Runtime) sdkClients {
	return sdkClients{
		packer:        packer_service.New(rt, nil),
		packer2021:    packerold.New(rt, nil),
		organizations: organization_service.New(rt, nil),
		projects:      project_service.New(rt, nil),
		runtime:       rt,
	}
}

// setup returns a listening fake, and the SDK's clients with the credentials of
// reader.
func setup(t *testing.T, opts ...hcpfake.Option) (*hcpfake.Server, sdkClients) {
	t.Helper()
	fake := newFake(t, opts...)
	return fake, connect(t, listen(t, fake), reader, secret)
}

func (c sdkClients) channel(bucket, channel string) (*packer_service.PackerServiceGetChannelOK, error) {
	return c.packer.PackerServiceGetChannel(packer_service.NewPackerServiceGetChannelParams().
		WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).
		WithBucketName(bucket).WithChannelName(channel), nil)
}

// tokenRequest returns a valid sign-in request.
func tokenRequest() *http.Request {
	form := url.Values{"grant_type": {"client_credentials"}, "audience": {"https://api.hashicorp.cloud"}}
	r, err := http.NewRequest(http.MethodPost, "http://fake/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(url.QueryEscape(reader), url.QueryEscape(secret))
	return r
}

// serve calls the handler directly.
func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// get calls the handler with an authorized GET request.
func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://fake"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+signIn(t, h))
	return serve(h, r)
}

// request calls the handler with an authorized request to the registry.
func request(t *testing.T, h http.Handler, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	return serve(h, authorized(t, h, method, path, body))
}

func authorized(t *testing.T, h http.Handler, method, path, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, "http://fake"+packer2023+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+signIn(t, h))
	return r
}

func signIn(t *testing.T, h http.Handler) string {
	t.Helper()
	w := serve(h, tokenRequest())
	if w.Code != http.StatusOK {
		t.Fatalf("signing in: %d %s", w.Code, w.Body)
	}
	return decode[struct {
		AccessToken string `json:"access_token"`
	}](t, w).AccessToken
}

const packer2023 = "/packer/2023-01-01/organizations/" + orgID + "/projects/" + projectID
