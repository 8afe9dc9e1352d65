package provider

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

// testMain isolates the tests from the user's home and Terraform configuration, and
// sets which Terraform they run.
func testMain(m *testing.M) int {
	home, err := os.MkdirTemp("", "home")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(home)
	os.Setenv("HOME", home)
	os.Setenv("CHECKPOINT_DISABLE", "1")
	os.Unsetenv("TF_CLI_CONFIG_FILE")

	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		path, err := terraformcli.Find(context.Background())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		os.Setenv("TF_ACC_TERRAFORM_PATH", path)
	}
	if terraformcli.IsOpenTofu(os.Getenv("TF_ACC_TERRAFORM_PATH")) {
		os.Setenv("TF_ACC_PROVIDER_HOST", "registry.opentofu.org")
	}
	return m.Run()
}

const (
	testOrganization = "0d5f9b1c-6a3e-4f27-8b90-1c2d3e4f5a60"
	testProject      = "7b1e2d3c-4f5a-4b6c-8d7e-9f0a1b2c3d4e"
	testBucket       = "hardened-ubuntu"
	testChannel      = "production"
	testClientID     = "test-client"
	testClientSecret = "test-client-secret"
)

// fixture is a fake HCP with one bucket, and a provider that reads it.
type fixture struct {
	fake *hcpfake.Server
	env  map[string]string // the provider's environment
	now  time.Time         // on the provider's clock

	oldest *version.Version // version of Terraform that the test supports

	mu    sync.Mutex
	calls []call // of the provider by Terraform

	functionError *tfprotov6.FunctionError // the last one
}

// newFixture starts an HCP whose bucket hardened-ubuntu has the iteration v7
// assigned to channel production.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	_ = os.Getenv("PATH") // or else go test would take cached results of another Terraform for this one's
	f := &fixture{now: time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC), oldest: tfversion.Version1_0_0}
	f.fake = hcpfake.New(hcpfake.Seed{
		Clients: []hcpfake.Client{{ID: testClientID, Secret: testClientSecret}},
		Organizations: []*hcpfake.Organization{{
			ID: testOrganization, Name: "example",
			Projects: []*hcpfake.Project{{
				ID: testProject, Name: "images", Registry: hcpfake.ActiveRegistry(),
				Buckets: []*hcpfake.Bucket{{
					Name:     testBucket,
					Versions: []*hcpfake.Version{testVersion()},
					Channels: []*hcpfake.Channel{{Name: testChannel, Version: "v7"}},
				}},
			}},
		}},
	},
		hcpfake.WithErrorf(t.Errorf),
		// HCP's clock is behind, so that its statuses are stale.
		hcpfake.WithClock(func() time.Time { return f.now.Add(-24 * time.Hour) }))
	endpoint, err := hcpfake.Listen(t.Context(), f.fake, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})
	f.env = endpoint.Env()
	delete(f.env, "HCP_API_HOST") // so that tests can set HCP_API_ADDRESS
	f.env["HCP_API_TLS"] = "insecure"
	f.env["HCP_AUTH_TLS"] = "insecure"
	f.env["HCP_CLIENT_ID"] = testClientID
	f.env["HCP_CLIENT_SECRET"] = testClientSecret
	f.env["HCP_ORGANIZATION_ID"] = testOrganization
	f.env["HCP_PROJECT_ID"] = testProject
	return f
}

func testVersion() *hcpfake.Version {
	created := strfmt.DateTime(time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC))
	artifact := func(id, image, region string) *hcpfake.Artifact {
		return &hcpfake.Artifact{ID: id, ExternalIdentifier: image, Region: region, CreatedAt: created}
	}
	return &hcpfake.Version{
		ID: "01JNZ3N5Q0VERS10N700000000", Name: "v7", Fingerprint: "f00dcafe", AuthorID: "author", CreatedAt: created,
		Builds: []*hcpfake.Build{
			{
				ID: "01JNZ3N5Q0AWSBV11D00000000", ComponentType: "amazon-ebs.ubuntu", Platform: "aws", CreatedAt: created,
				Labels: map[string]string{"os": "ubuntu"}, PackerRunUUID: "run-1", SourceExternalIdentifier: "ami-base",
				Artifacts: []*hcpfake.Artifact{
					artifact("01JNZ3N5Q01MAGE00000000001", "ami-frankfurt", "eu-central-1"),
					artifact("01JNZ3N5Q01MAGE00000000002", "ami-virginia", "us-east-1"),
				},
			},
			{
				ID: "01JNZ3N5Q0AZVREBV11D000000", ComponentType: "azure-arm.ubuntu", Platform: "azure", CreatedAt: created,
				Artifacts: []*hcpfake.Artifact{artifact("01JNZ3N5Q01MAGE00000000003", "/subscriptions/s/images/ubuntu", "westeurope")},
			},
		},
	}
}

// version changes the iteration v7.
func (f *fixture) version(change func(*hcpfake.Version)) {
	f.bucket(func(b *hcpfake.Bucket) { change(b.Version("v7")) })
}

func (f *fixture) bucket(change func(*hcpfake.Bucket)) {
	f.fake.Update(func(s *hcpfake.Seed) { change(s.Project(testProject).Bucket(testBucket)) })
}

// factories serve the fixture's provider, in the process of the test, through
// Terraform's real protocol.
func (f *fixture) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"packer": func() (tfprotov6.ProviderServer, error) {
			server := newServer(&packerProvider{
				version: "1.2.3",
				getenv:  func(name string) string { return f.env[name] },
				now:     func() time.Time { return f.now },
			})
			return &recorder{ProviderServer: server, fixture: f}, nil
		},
	}
}

// run runs Terraform on the steps.
func (f *fixture) run(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(f.oldest)},
		ProtoV6ProviderFactories: f.factories(),
		Steps:                    steps,
	})
}

// call is a call by Terraform that returned these diagnostics.
type call struct {
	read        bool // whether it was ReadDataSource
	diagnostics []*tfprotov6.Diagnostic
}

// recorder records the diagnostics that Terraform gets, because Terraform wraps
// their lines, and the testing framework does not pass on its warnings.
type recorder struct {
	tfprotov6.ProviderServer
	fixture *fixture
}

func (r *recorder) record(read bool, diagnostics []*tfprotov6.Diagnostic) {
	r.fixture.mu.Lock()
	defer r.fixture.mu.Unlock()
	r.fixture.calls = append(r.fixture.calls, call{read, diagnostics})
}

func (r *recorder) ValidateProviderConfig(ctx context.Context, req *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	resp, err := r.ProviderServer.ValidateProviderConfig(ctx, req)
	if resp != nil {
		r.record(false, resp.Diagnostics)
	}
	return resp, err
}

func (r *recorder) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	resp, err := r.ProviderServer.ConfigureProvider(ctx, req)
	if resp != nil {
		r.record(false, resp.Diagnostics)
	}
	return resp, err
}

func (r *recorder) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	resp, err := r.ProviderServer.ValidateDataResourceConfig(ctx, req)
	if resp != nil {
		r.record(false, resp.Diagnostics)
	}
	return resp, err
}

func (r *recorder) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	resp, err := r.ProviderServer.ReadDataSource(ctx, req)
	if resp != nil {
		r.record(true, resp.Diagnostics)
	}
	return resp, err
}

func (r *recorder) CallFunction(ctx context.Context, req *tfprotov6.CallFunctionRequest) (*tfprotov6.CallFunctionResponse, error) {
	resp, err := r.ProviderServer.CallFunction(ctx, req)
	if resp != nil && resp.Error != nil {
		r.fixture.mu.Lock()
		defer r.fixture.mu.Unlock()
		r.fixture.functionError = resp.Error
	}
	return resp, err
}

// diagnostic is what a test expects of a diagnostic.
type diagnostic struct {
	summary   string
	attribute string   // empty if it has none
	start     string   // of the detail
	facts     []string // each is in the detail
	absent    []string // none is in the diagnostic
}

// requireError runs Terraform on the configuration, and requires that it fails
// with this one diagnostic.
func (f *fixture) requireError(t *testing.T, config string, want diagnostic) {
	t.Helper()
	f.run(t, resource.TestStep{Config: config, ExpectError: regexp.MustCompile(regexp.QuoteMeta("Error: " + want.summary))})
	f.requireDiagnostic(t, tfprotov6.DiagnosticSeverityError, want)
}

// requireWarning requires that there was a read, and that every read so far returned
// this warning and no other diagnostic.
func (f *fixture) requireWarning(t *testing.T, want diagnostic) {
	t.Helper()
	f.requireDiagnostic(t, tfprotov6.DiagnosticSeverityWarning, want)
}

func (f *fixture) requireDiagnostic(t *testing.T, severity tfprotov6.DiagnosticSeverity, want diagnostic) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	matched := 0
	for _, call := range f.calls {
		mustWarn := call.read && severity == tfprotov6.DiagnosticSeverityWarning
		if len(call.diagnostics) == 0 && !mustWarn {
			continue
		}
		if len(call.diagnostics) != 1 {
			t.Fatalf("%d diagnostics of one call, want 1: %v", len(call.diagnostics), call.diagnostics)
		}
		want.requireIn(t, severity, call.diagnostics[0])
		matched++
	}
	if matched == 0 {
		t.Fatalf("there was no diagnostic; want %q", want.summary)
	}
}

func (want diagnostic) requireIn(t *testing.T, severity tfprotov6.DiagnosticSeverity, got *tfprotov6.Diagnostic) {
	t.Helper()
	if got.Severity != severity || got.Summary != want.summary {
		t.Fatalf("got %s %q, want %s %q\n%s", got.Severity, got.Summary, severity, want.summary, got.Detail)
	}
	if attribute := attributeOf(got); attribute != want.attribute {
		t.Errorf("the diagnostic is about attribute %q, want %q", attribute, want.attribute)
	}
	if !strings.HasPrefix(got.Detail, want.start) {
		t.Errorf("the detail does not start with %q:\n%s", want.start, got.Detail)
	}
	for _, fact := range want.facts {
		if !strings.Contains(got.Detail, fact) {
			t.Errorf("the detail does not say %q:\n%s", fact, got.Detail)
		}
	}
	for _, secret := range append(want.absent, testClientSecret) {
		if strings.Contains(got.Summary+got.Detail, secret) {
			t.Errorf("the diagnostic says %q:\n%s", secret, got.Detail)
		}
	}
	if t.Failed() || testing.Verbose() {
		t.Logf("%s: %s\n%s", got.Severity, got.Summary, got.Detail)
	}
}

// attributeOf returns the path of the attribute that a diagnostic is about, as
// Terraform writes it.
func attributeOf(d *tfprotov6.Diagnostic) string {
	if d.Attribute == nil {
		return ""
	}
	var names []string
	for _, step := range d.Attribute.Steps() {
		names = append(names, fmt.Sprint(step))
	}
	return strings.Join(names, ".")
}

// config returns a configuration with these strings and nothing else.
func config(t testing.TB, schema *tfprotov6.Schema, set map[string]any) *tfprotov6.DynamicValue {
	t.Helper()
	object := schema.ValueType().(tftypes.Object)
	values := make(map[string]tftypes.Value)
	for name, attributeType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
		if value, ok := set[name]; ok {
			values[name] = tftypes.NewValue(attributeType, value)
		}
	}
	dynamic, err := tfprotov6.NewDynamicValue(object, tftypes.NewValue(object, values))
	if err != nil {
		t.Fatal(err)
	}
	return &dynamic
}
