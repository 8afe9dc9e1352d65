package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	goversion "github.com/hashicorp/go-version"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// These tests run the built provider under the real Terraform, each in a
// process of its own, with an HCP on loopback.

var (
	terraformPath string // of terraform or tofu
	providerDir   string // that holds the built provider
)

func TestMain(m *testing.M) {
	os.Exit(testMain(m))
}

func testMain(m *testing.M) int {
	// The tests read files of the module by their paths from its root.
	root, err := terraformcli.Checkout()
	if err == nil {
		err = os.Chdir(root)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "provider")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	providerDir = dir

	binary := filepath.Join(dir, "terraform-provider-packer")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	build := exec.Command("go", "build", "-ldflags=-X main.version=1.2.3", "-o", binary, module)
	if output, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the provider: %v\n%s", err, output)
		return 1
	}
	if terraformPath, err = terraformcli.Find(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// workspace is a directory in which Terraform runs, with an environment of its
// own and an empty home.
type workspace struct {
	dir  string
	home string
	env  map[string]string
}

// newWorkspace makes a workspace with one configuration file. The environment
// leads the provider to an HCP with the example registry. Each wrap stands in
// front of that HCP.
func newWorkspace(t *testing.T, config string, wrap ...func(http.Handler) http.Handler) (*workspace, *hcpfake.Server) {
	t.Helper()
	seed := hcpfake.Example(time.Now())
	hcp := hcpfake.New(seed, hcpfake.WithErrorf(t.Errorf))
	handler := http.Handler(hcp)
	for _, w := range wrap {
		handler = w(handler)
	}
	endpoint, err := hcpfake.Listen(t.Context(), handler, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := endpoint.Close(); err != nil {
			t.Error(err)
		}
	})

	w := &workspace{dir: t.TempDir(), home: t.TempDir()}
	w.write(t, "terraform.rc", terraformcli.DevOverrides(providerDir))
	w.write(t, "ca.pem", string(endpoint.CA))
	w.write(t, "main.tf", config)
	if w.env, err = hcpfake.ClientEnv(endpoint, seed, filepath.Join(w.dir, "ca.pem")); err != nil {
		t.Fatal(err)
	}
	w.env["PATH"] = os.Getenv("PATH")
	w.env["HOME"] = w.home
	w.env["TMPDIR"] = w.dir
	w.env["CHECKPOINT_DISABLE"] = "1"
	w.env["TF_CLI_CONFIG_FILE"] = filepath.Join(w.dir, "terraform.rc")
	return w, hcp
}

// terraform runs Terraform and returns what it printed, with each run of white
// space and of the lines that it draws made one space.
func (w *workspace) terraform(t *testing.T, arguments ...string) (output string, err error) {
	t.Helper()
	printed, err := w.command(t, arguments...).CombinedOutput()
	t.Logf("terraform %s\n%s", strings.Join(arguments, " "), printed)
	return strings.Join(strings.FieldsFunc(string(printed), func(r rune) bool {
		return strings.ContainsRune(" \t\r\n│╷╵", r)
	}), " "), err
}

func (w *workspace) command(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), terraformPath, append(arguments, "-no-color")...)
	command.Dir = w.dir
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

func (w *workspace) write(t *testing.T, file, content string) {
	t.Helper()
	file = filepath.Join(w.dir, file)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

func (w *workspace) mustRun(t *testing.T, arguments ...string) (output string) {
	t.Helper()
	output, err := w.terraform(t, arguments...)
	if err != nil {
		t.Fatalf("terraform %s: %v", arguments[0], err)
	}
	return output
}

func operations(hcp *hcpfake.Server) []string {
	var operations []string
	for _, request := range hcp.Requests() {
		operations = append(operations, request.Operation)
	}
	return operations
}

// sourceAddress returns the provider's, which main.go alone knows.
func sourceAddress(t *testing.T) string {
	t.Helper()
	constant := regexp.MustCompile(`(?m)^const address = "(.+)"$`).FindSubmatch(read(t, "main.go"))
	if constant == nil {
		t.Fatal("main.go has no constant address")
	}
	return string(constant[1])
}

const readConfig = `
data "packer_image_iteration" "test" {
  bucket  = "hardened-ubuntu-16-04"
  channel = "production-stable"
}

output "version" {
  value = data.packer_image_iteration.test.version
}
`

// Reading a channel takes one token and one request, applying the plan none.
func TestRequestsOfAPlan(t *testing.T) {
	w, hcp := newWorkspace(t, readConfig)
	w.mustRun(t, "plan", "-input=false", "-out=plan")
	if got, want := operations(hcp), []string{hcpfake.Token, hcpfake.GetChannel}; !slices.Equal(got, want) {
		t.Errorf("plan: requests %v, want %v", got, want)
	}
	hcp.ResetRequests()
	w.mustRun(t, "apply", "-input=false", "plan")
	if got := operations(hcp); len(got) != 0 {
		t.Errorf("apply: requests %v, want none", got)
	}
	if version := w.mustRun(t, "output", "version"); !strings.Contains(version, `"v7"`) {
		t.Errorf("version %s", version)
	}
}

// However many data sources ask, each channel is requested once, and what fails
// and may pass once more.
func TestRequestsOfManyReads(t *testing.T) {
	const channels, reads = 25, 1000
	for _, faults := range []int{0, 1} {
		t.Run(fmt.Sprintf("%d faults", faults), func(t *testing.T) {
			w, hcp := newWorkspace(t, fmt.Sprintf(`
data "packer_image_iteration" "test" {
  count   = %d
  bucket  = "hardened-ubuntu-16-04"
  channel = "channel-${count.index %% %d}"
}

output "images" {
  value = distinct([for read in data.packer_image_iteration.test : "${read.channel} ${read.images[0].image_id}"])
}
`, reads, channels))
			var want []string
			hcp.Update(func(s *hcpfake.Seed) {
				bucket := s.Organizations[0].Projects[0].Bucket("hardened-ubuntu-16-04")
				for i := range channels {
					name, image := fmt.Sprintf("channel-%d", i), fmt.Sprintf("ami-%d", i)
					bucket.Versions = append(bucket.Versions, &hcpfake.Version{
						ID: name, Name: name, Fingerprint: name,
						Builds: []*hcpfake.Build{{Platform: "aws", Artifacts: []*hcpfake.Artifact{{Region: "us-east-1", ExternalIdentifier: image}}}},
					})
					bucket.Channels = append(bucket.Channels, &hcpfake.Channel{Name: name, Version: name})
					want = append(want, name+" "+image)
				}
			})
			if faults > 0 {
				hcp.Inject(hcpfake.Fault{Operation: hcpfake.GetChannel, Status: 503, Times: faults})
			}
			w.mustRun(t, "apply", "-auto-approve", "-input=false", "-parallelism=50")
			if tokens, gets, all := hcp.Count(hcpfake.Token), hcp.Count(hcpfake.GetChannel), hcp.Count(""); tokens != 1 || gets != channels+faults || all != tokens+gets {
				t.Errorf("%d tokens, %d channel reads, %d requests in all", tokens, gets, all)
			}
			output := w.mustRun(t, "output", "-json", "images")
			for _, pair := range want {
				if !strings.Contains(output, strconv.Quote(pair)) {
					t.Errorf("no read gave %q", pair)
				}
			}
		})
	}
}

// What runs on an iteration that is revoked later can still be destroyed.
func TestLifeWithARevocation(t *testing.T) {
	requireTerraform(t, "1.4.0") // for terraform_data
	const stack = readConfig + `
resource "terraform_data" "server" {
  input = data.packer_image_iteration.test.images[0].image_id
}
`
	w, hcp := newWorkspace(t, stack)
	w.mustRun(t, "apply", "-auto-approve", "-input=false")

	err := hcp.Revoke(hcpfake.Revocation{
		ProjectID: w.env["HCP_PROJECT_ID"], Bucket: "hardened-ubuntu-16-04", Version: "v7",
		Author: "ops@example.com", Message: "CVE-2026-1234", KeepChannels: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		output, err := w.terraform(t, append(arguments, "-input=false")...)
		for _, fact := range []string{"Error: Image Iteration Is Revoked", "ops@example.com", "CVE-2026-1234", "allow_revoked = true"} {
			if err == nil || !strings.Contains(output, fact) {
				t.Errorf("terraform %s ended with %v and does not say %q", arguments[0], err, fact)
			}
		}
	}

	w.write(t, "main.tf", strings.Replace(stack, "\n}", "\n  allow_revoked = true\n}", 1))
	if output := w.mustRun(t, "plan", "-input=false"); !strings.Contains(output, "Warning: Image Iteration Is Revoked") {
		t.Error("the plan does not warn")
	}
	w.mustRun(t, "destroy", "-auto-approve", "-input=false")
	if state := w.mustRun(t, "state", "list"); strings.Contains(state, "terraform_data") {
		t.Errorf("still there: %s", state)
	}
}

// A module that uses data source and function can be tested without HCP.
func TestMockedProvider(t *testing.T) {
	requireTerraform(t, "1.8.0")
	w, hcp := newWorkspace(t, `
terraform {
  required_providers {
    packer = { source = "hashicorp/packer" }
  }
}
`+readConfig+`
output "image_id" {
  value = provider::packer::image_id(data.packer_image_iteration.test.images, "aws", "eu-central-1")
}
`)
	w.write(t, "mocked.tftest.hcl", `
mock_provider "packer" {}

override_data {
  target = data.packer_image_iteration.test
  values = {
    version = "v42"
    images = [{
      image_id = "ami-mocked", cloud_provider = "aws", region = "eu-central-1", component_type = "amazon-ebs.ubuntu",
      build_id = "b", labels = {}, id = "i", created_at = "2026-01-01T00:00:00Z",
    }]
  }
}

run "image" {
  command = plan
  assert {
    condition     = output.image_id == "ami-mocked"
    error_message = "the image is ${output.image_id}"
  }
}
`)
	if output := w.mustRun(t, "test"); !strings.Contains(output, "1 passed") {
		t.Error("no test passed")
	}
	if n := hcp.Count(""); n != 0 {
		t.Errorf("%d requests: %v", n, operations(hcp))
	}
}

// requireTerraform skips a test that needs a newer Terraform.
func requireTerraform(t *testing.T, oldest string) {
	t.Helper()
	output, err := exec.Command(terraformPath, "version", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var found struct {
		Version string `json:"terraform_version"`
	}
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatal(err)
	}
	if goversion.Must(goversion.NewVersion(found.Version)).LessThan(goversion.Must(goversion.NewVersion(oldest))) {
		t.Skipf("Terraform %s is older than %s", found.Version, oldest)
	}
}

// No token or anything else of HCP's is written below HOME, which need not even
// exist.
func TestHomeIsLeftAlone(t *testing.T) {
	w, _ := newWorkspace(t, readConfig)
	w.mustRun(t, "plan", "-input=false")
	err := filepath.WalkDir(w.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}

	w.env["HOME"] = filepath.Join(w.home, "missing")
	w.mustRun(t, "plan", "-input=false")
}

// What reads nothing needs no credentials and no HCP.
func TestNoReadNoCredentials(t *testing.T) {
	w, hcp := newWorkspace(t, readConfig)
	for name := range w.env {
		if strings.HasPrefix(name, "HCP_") {
			delete(w.env, name)
		}
	}
	w.mustRun(t, "validate")

	w.write(t, "main.tf", `
terraform {
  required_providers {
    packer = { source = "hashicorp/packer" }
  }
}

provider "packer" {}
`)
	w.mustRun(t, "plan", "-input=false")
	if got := operations(hcp); len(got) != 0 {
		t.Errorf("requests %v, want none", got)
	}
}

// A refusal reaches the user whole.
// The apply of a saved plan reads nothing, so it needs neither HCP nor the file to
// sign in with, and must not end half-way for want of them.
func TestSavedPlanNeedsNoCredentials(t *testing.T) {
	requireTerraform(t, "1.4") // for terraform_data
	for _, setting := range []string{
		`credential_file = "credentials.json"`,
		`workload_identity = {
    resource_name = "` + exampleIdentity + `"
    token_file    = "token.jwt"
  }`,
	} {
		w, hcp := newWorkspace(t, "provider \"packer\" {\n  "+setting+"\n}\n"+readConfig+`
resource "terraform_data" "server" {
  input = data.packer_image_iteration.test.id
}
`)
		hcp.Update(func(s *hcpfake.Seed) { s.Clients = []hcpfake.Client{exampleClient} })
		files := map[string]string{"credentials.json": exampleCredentials, "token.jwt": exampleToken}
		for name, content := range files {
			w.write(t, name, content)
		}
		w.mustRun(t, "plan", "-input=false", "-out=saved.plan")
		for name := range files {
			if err := os.Remove(filepath.Join(w.dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		hcp.ResetRequests()
		w.mustRun(t, "apply", "-input=false", "saved.plan")
		w.mustRun(t, "destroy", "-auto-approve", "-input=false", "-refresh=false")
		if n := hcp.Count(""); n != 0 {
			t.Errorf("%d requests: %v", n, operations(hcp))
		}
	}
}

func TestRefusal(t *testing.T) {
	w, _ := newWorkspace(t, strings.Replace(readConfig, "hardened-ubuntu-16-04", "web-server", 1))
	output, err := w.terraform(t, "plan", "-input=false")
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("plan ended with %v", err)
	}
	for _, fact := range []string{
		"Error: Image Iteration Is Revoked",
		`channel = "production-stable"`,
		`Inherited from: bucket "hardened-ubuntu-16-04", iteration v5`,
		"terraform destroy needs that too, or else -refresh=false",
	} {
		if !strings.Contains(output, fact) {
			t.Errorf("the output does not say %q", fact)
		}
	}
}

// Nothing secret comes to light, whichever way the provider signs in and
// however much is logged.
func TestSecretsStaySecret(t *testing.T) {
	const (
		resourceName  = "iam/project/7d3f1a60-5c2e-4b98-8a14-c0e96b72d5f3/service-principal/ci/workload-identity-provider/github"
		clientSecret  = "client-secret-of-this-test"
		workloadToken = "workload-token-of-this-test"
		keyFile       = `{"scheme": "service_principal_creds", "oauth": {"client_id": "reader", "client_secret": "` + clientSecret + `"}}`
		workloadFile  = `{"scheme": "workload", "workload": {"provider_resource_name": "` + resourceName + `", "token": {"token": "` + workloadToken + `"}}}`
	)
	identity := func(member string) string {
		return fmt.Sprintf("provider \"packer\" {\n  workload_identity = {\n    resource_name = %q\n    %s\n  }\n}\n", resourceName, member)
	}
	variable := "variable \"hush\" {\n  type = string\n  sensitive = true\n}\n"
	for name, tc := range map[string]struct {
		config string
		files  map[string]string // below the workspace
		env    map[string]string
		login  bool // sign in with the session of a login
		fails  bool
	}{
		"login session":            {login: true},
		"key in the environment":   {env: map[string]string{"HCP_CLIENT_ID": "reader", "HCP_CLIENT_SECRET": clientSecret}},
		"key in the configuration": {config: variable + "provider \"packer\" {\n  client_id = \"reader\"\n  client_secret = var.hush\n}\n", env: map[string]string{"TF_VAR_hush": clientSecret}},
		"credential file":          {config: "provider \"packer\" {\n  credential_file = \"key.json\"\n}\n", files: map[string]string{"key.json": keyFile}},
		"file in the environment":  {env: map[string]string{"HCP_CRED_FILE": "workload.json"}, files: map[string]string{"workload.json": workloadFile}},
		"workload token":           {config: variable + identity("token = var.hush"), env: map[string]string{"TF_VAR_hush": workloadToken}},
		"workload token file":      {config: identity(`token_file = "token"`), files: map[string]string{"token": workloadToken}},
		"refused key":              {env: map[string]string{"HCP_CLIENT_ID": "reader", "HCP_CLIENT_SECRET": clientSecret + "-x"}, fails: true},
		"refused workload":         {config: variable + identity("token = var.hush"), env: map[string]string{"TF_VAR_hush": workloadToken + "-x"}, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secrets := &authorizations{}
			w, hcp := newWorkspace(t, tc.config+readConfig, secrets.watch)
			hcp.Update(func(s *hcpfake.Seed) {
				s.Clients = []hcpfake.Client{{ID: "reader", Secret: clientSecret, WorkloadProvider: resourceName, WorkloadToken: workloadToken}}
			})
			delete(w.env, "HCP_CLIENT_ID")
			delete(w.env, "HCP_CLIENT_SECRET")
			maps.Copy(w.env, tc.env)
			if tc.login {
				session := signIn(t, w, "reader", clientSecret)
				cache := filepath.Join(w.home, ".config", "hcp", "creds-cache.json")
				content := fmt.Sprintf(`{"login": {"access_token": %q, "refresh_token": %q, "access_token_expiry": %q}}`,
					session, workloadToken, time.Now().Add(time.Hour).Format(time.RFC3339))
				if err := errors.Join(os.MkdirAll(filepath.Dir(cache), 0o700), os.WriteFile(cache, []byte(content), 0o600)); err != nil {
					t.Fatal(err)
				}
				tc.files = map[string]string{filepath.Join(".config", "hcp", "creds-cache.json"): content}
			} else {
				for file, content := range tc.files {
					w.write(t, file, content)
				}
			}
			w.env["TF_LOG"], w.env["DEBUG"], w.env["SWAGGER_DEBUG"] = "TRACE", "1", "1"

			printed, err := w.command(t, "apply", "-auto-approve", "-input=false").CombinedOutput()
			if (err != nil) != tc.fails {
				t.Errorf("terraform apply: %v", err)
			}
			for _, line := range []string{"Request to HCP", "attempt=1", "duration_ms=", "Answer of HCP", "bytes="} {
				if !strings.Contains(string(printed), line) {
					t.Errorf("the log has no %q", line)
				}
			}
			texts := map[string]string{"log": string(printed)}
			for _, dir := range []string{w.home, w.dir} {
				maps.Copy(texts, readTree(t, dir, tc.files))
			}
			if _, ok := texts["terraform.tfstate"]; !ok && !tc.fails {
				t.Error("there is no state to look at")
			}
			known := append(secrets.all(), clientSecret, workloadToken)
			if len(known) == 2 && !tc.fails {
				t.Error("no authorization was seen on the wire")
			}
			for place, text := range texts {
				for _, secret := range known {
					if strings.Contains(text, secret) {
						t.Errorf("the secret %q stands in the %s", secret, place)
					}
				}
			}
		})
	}
}

// signIn gets an access token as a service principal.
func signIn(t *testing.T, w *workspace, id, secret string) string {
	t.Helper()
	authority, err := os.ReadFile(filepath.Join(w.dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	resp, err := client.PostForm(w.env["HCP_AUTH_URL"]+"/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "audience": {"https://api.hashicorp.cloud"},
		"client_id": {id}, "client_secret": {secret},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || answer.AccessToken == "" {
		t.Fatalf("no token: %v", err)
	}
	return answer.AccessToken
}

// authorizations notes what clients authorize themselves with.
type authorizations struct {
	mu   sync.Mutex
	seen []string
}

func (a *authorizations) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, credential, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
			a.mu.Lock()
			a.seen = append(a.seen, credential)
			a.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

func (a *authorizations) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.seen)
}

// readTree returns the texts of the files below dir by their names, but for
// those that the test itself put there.
func readTree(t *testing.T, dir string, except map[string]string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if _, mine := except[name]; err != nil || mine {
			return err
		}
		text, err := os.ReadFile(path)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return texts
}

// An interrupt ends a read that hangs.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that asks a process to end")
	}
	for _, operation := range []string{hcpfake.GetChannel, hcpfake.Token} {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			arrived := make(chan string, 10)
			w, hcp := newWorkspace(t, readConfig, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					arrived <- r.URL.Path
					next.ServeHTTP(w, r)
				})
			})
			hcp.Inject(hcpfake.Fault{Operation: operation, Hang: true})
			command := w.command(t, "plan", "-input=false")
			var printed bytes.Buffer
			command.Stdout, command.Stderr = &printed, &printed
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			for path := range arrived {
				if operation == hcpfake.Token || strings.HasSuffix(path, "/production-stable") {
					break
				}
			}
			begin := time.Now()
			// Terraform 1.0 passes this signal alone on to its child, which does the work.
			if err := command.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := command.Wait(); err == nil {
				t.Error("the plan succeeded")
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("it took %s to end:\n%s", took, &printed)
			}
		})
	}
}

// A certificate that nobody vouches for is told with its address.
func TestUntrustedCertificate(t *testing.T) {
	w, _ := newWorkspace(t, readConfig)
	for _, name := range []string{"SSL_CERT_FILE", "HCP_API_TLS", "HCP_AUTH_TLS"} {
		delete(w.env, name)
	}
	output, err := w.terraform(t, "plan", "-input=false")
	if err == nil {
		t.Error("the plan succeeded")
	}
	for _, fact := range []string{"HCP's Certificate Is Not Trusted", "Signing in to HCP failed", "Asked: " + w.env["HCP_API_ADDRESS"], "certificate"} {
		if !strings.Contains(output, fact) {
			t.Errorf("the output does not say %q", fact)
		}
	}
}
