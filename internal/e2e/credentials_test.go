package e2e

import (
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
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Operations that read nothing from HCP need no credentials.
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

// Applying a saved plan reads nothing from HCP, so it must not fail half-way
// because the credentials are gone.
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

// The provider writes no token, or anything else, below HOME, which need not even
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

// No secret appears in the log, the state or any other file, whichever way the
// provider signs in and whatever is logged.
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
		login  bool // sign in with a cached login
		fails  bool
	}{
		"cached login":             {login: true},
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
			sent := &authorizations{}
			w, hcp := newWorkspace(t, tc.config+readConfig, sent.watch)
			hcp.Update(func(s *hcpfake.Seed) {
				s.Clients = []hcpfake.Client{{ID: "reader", Secret: clientSecret, WorkloadProvider: resourceName, WorkloadToken: workloadToken}}
			})
			delete(w.env, "HCP_CLIENT_ID")
			delete(w.env, "HCP_CLIENT_SECRET")
			maps.Copy(w.env, tc.env)
			if tc.login {
				token := accessToken(t, w, "reader", clientSecret)
				cache := filepath.Join(w.home, ".config", "hcp", "creds-cache.json")
				content := fmt.Sprintf(`{"login": {"access_token": %q, "refresh_token": %q, "access_token_expiry": %q}}`,
					token, workloadToken, time.Now().Add(time.Hour).Format(time.RFC3339))
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
			for _, line := range []string{"Request to HCP", "attempt=1", "duration_ms=", "Response from HCP", "bytes="} {
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
			known := append(sent.all(), clientSecret, workloadToken)
			if len(known) == 2 && !tc.fails {
				t.Error("no request was authorized")
			}
			for name, text := range texts {
				for _, secret := range known {
					if strings.Contains(text, secret) {
						t.Errorf("%s contains the secret %q", name, secret)
					}
				}
			}
		})
	}
}

// accessToken signs in as a service principal.
func accessToken(t *testing.T, w *workspace, id, secret string) string {
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
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&token); err != nil || token.AccessToken == "" {
		t.Fatalf("no token: %v", err)
	}
	return token.AccessToken
}

// authorizations records the credentials of requests.
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

// readTree returns the content of the files below dir by name, except those that
// the test itself put there.
func readTree(t *testing.T, dir string, except map[string]string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if _, skip := except[name]; err != nil || skip {
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
