package e2e

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
	"github.com/hashicorp/terraform-provider-packer/internal/terraformcli"
)

// These tests run the jobs that the guide to CI shows as their services would: each in a
// new checkout, with the saved plan of the job before it, and with a token only if the
// job asks for one.

const ciExamples = "examples/guides/ci-workload-identity/"

type githubJob struct {
	Needs       string            `yaml:"needs"`
	If          string            `yaml:"if"`
	Permissions map[string]string `yaml:"permissions"`
	Steps       []struct {
		If   string            `yaml:"if"`
		Uses string            `yaml:"uses"`
		With map[string]string `yaml:"with"`
		Run  string            `yaml:"run"`
	} `yaml:"steps"`
}

func TestGitHubWorkflow(t *testing.T) {
	var workflow struct {
		Env  map[string]string `yaml:"env"`
		Jobs struct {
			Plan  githubJob `yaml:"plan"`
			Apply githubJob `yaml:"apply"`
		} `yaml:"jobs"`
	}
	parseYAML(t, ciExamples+"github.yml", &workflow)
	if workflow.Jobs.Apply.Needs != "plan" {
		t.Errorf("the apply job needs %q", workflow.Jobs.Apply.Needs)
	}
	p := newPipeline(t, workflow.Env, "curl", "jq")
	tokenURL := serveGitHubTokens(t, workflow.Env["TF_VAR_hcp_identity"])
	const urlVariable, tokenVariable = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
	actions := map[string]func(with map[string]string){
		"actions/checkout":          func(map[string]string) { p.checkOut(t) },
		"actions/upload-artifact":   func(with map[string]string) { p.keep(t, with["path"]) },
		"actions/download-artifact": func(with map[string]string) { p.fetch(t, with["name"]) },
	}
	runJob := func(job githubJob, event string) {
		p.nextJob(t)
		if job.Permissions["id-token"] == "write" {
			p.env[urlVariable], p.env[tokenVariable] = tokenURL, exampleSecret
			defer delete(p.env, urlVariable)
			defer delete(p.env, tokenVariable)
		}
		p.runSteps(t, job, event, actions)
	}
	runJob(workflow.Jobs.Plan, "pull_request")
	p.wantReads(t, true)
	if entries, err := os.ReadDir(p.artifacts); err != nil || len(entries) > 0 {
		t.Errorf("the plan of a pull request is kept: %v %v", entries, err)
	}
	if runs(t, workflow.Jobs.Apply.If, "pull_request") {
		t.Error("a pull request is applied")
	}

	runJob(workflow.Jobs.Plan, "push")
	p.wantReads(t, true)
	runJob(workflow.Jobs.Apply, "push")
	p.wantReads(t, false)
	p.wantApplied(t)
}

// TestGitHubTests runs the workflow that tests a module on the emulator, with the provider
// and the emulator of this checkout.
func TestGitHubTests(t *testing.T) {
	requireTerraform(t, "1.8") // for the module's function, and for mocks
	var workflow struct {
		Jobs struct {
			Test githubJob `yaml:"test"`
		} `yaml:"jobs"`
	}
	parseYAML(t, "examples/guides/emulator/github.yml", &workflow)
	p := newPipeline(t, nil, "make", "go")
	p.env["TF_CLI_CONFIG_FILE"] = "" // so that terraform init looks where make install puts the provider
	p.env["GOBIN"] = filepath.Join(p.dir, "programs")
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} { // which are below HOME
		p.env[name] = goEnv(t, name)
	}
	p.nextJob(t)
	p.runSteps(t, workflow.Jobs.Test, "pull_request", map[string]func(with map[string]string){
		"actions/checkout": func(with map[string]string) {
			if with["path"] != "" {
				if err := os.Symlink(checkout, filepath.Join(p.job, with["path"])); err != nil {
					t.Fatal(err)
				}
				return
			}
			for name, content := range map[string]string{
				"main.tf":             strings.ReplaceAll(string(read(t, "examples/guides/testing/main.tf")), "hashicorp/packer", strings.TrimPrefix(sourceAddress(t), "registry.terraform.io/")),
				"mocked.tftest.hcl":   string(read(t, "examples/guides/testing/mocked.tftest.hcl")),
				"emulated.tftest.hcl": string(read(t, "examples/guides/testing/emulated.tftest.hcl")),
				"registry.json":       string(read(t, "internal/hcpfake/example.json")),
				"revoked.json":        string(read(t, "examples/guides/testing/revoked.json")),
			} {
				if err := os.WriteFile(filepath.Join(p.job, name), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		},
	})
}

// runSteps runs the steps of a job. Terraform and Go are set up.
func (p *pipeline) runSteps(t *testing.T, job githubJob, event string, actions map[string]func(with map[string]string)) {
	t.Helper()
	if !runs(t, job.If, event) {
		t.Fatalf("no job runs at a %s", event)
	}
	for _, step := range job.Steps {
		action, _, _ := strings.Cut(step.Uses, "@")
		switch perform := actions[action]; {
		case !runs(t, step.If, event):
		case action == "":
			p.script(t, step.Run)
		case perform != nil:
			perform(step.With)
		case action != "hashicorp/setup-terraform" && action != "actions/setup-go":
			t.Fatalf("unknown action %s", step.Uses)
		}
	}
}

// runs evaluates the condition of a job or step, in a repository to which no fork has sent
// a pull request.
func runs(t *testing.T, condition, event string) bool {
	t.Helper()
	const ifPushed = "github.event_name == 'push'"
	switch condition {
	case "", ifPushed + " || github.event.pull_request.head.repo.full_name == github.repository":
		return true
	case ifPushed:
		return event == "push"
	}
	t.Fatalf("unknown condition %q", condition)
	return false
}

// serveGitHubTokens returns the URL at which jobs ask GitHub for a token. It has a query,
// to which they add the audience.
func serveGitHubTokens(t *testing.T, audience string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if r.Method != http.MethodGet || r.Header.Get("Authorization") != "Bearer "+exampleSecret || query.Get("api-version") != "2.0" || query.Get("audience") != audience {
			t.Errorf("a job asked for a token with %s and the audience %q", r.Method, query.Get("audience"))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err := json.NewEncoder(w).Encode(map[string]any{"count": len(exampleToken), "value": exampleToken}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/token?api-version=2.0"
}

type gitlabJob struct {
	IDTokens map[string]struct {
		Audience string `yaml:"aud"`
	} `yaml:"id_tokens"`
	Script    []string `yaml:"script"`
	Artifacts struct {
		Paths []string `yaml:"paths"`
	} `yaml:"artifacts"`
}

func TestGitLabPipeline(t *testing.T) {
	var config struct {
		Variables map[string]string `yaml:"variables"`
		Plan      gitlabJob         `yaml:"plan"`
		Apply     gitlabJob         `yaml:"apply"`
	}
	parseYAML(t, ciExamples+"gitlab.yml", &config)
	p := newPipeline(t, config.Variables)

	var handedOn []string
	runJob := func(job gitlabJob) {
		p.nextJob(t)
		p.checkOut(t)
		for _, artifact := range handedOn {
			p.fetch(t, artifact)
		}
		for name, token := range job.IDTokens {
			if token.Audience != config.Variables["TF_VAR_hcp_identity"] {
				t.Errorf("%s has the audience %q", name, token.Audience)
			}
			p.env[name] = exampleToken
			defer delete(p.env, name)
		}
		p.script(t, strings.Join(job.Script, "\n"))
		for _, artifact := range job.Artifacts.Paths {
			p.keep(t, artifact)
		}
		handedOn = append(handedOn, job.Artifacts.Paths...)
	}
	runJob(config.Plan)
	p.wantReads(t, true)
	runJob(config.Apply)
	p.wantReads(t, false)
	p.wantApplied(t)
}

func parseYAML(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, file), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// pipeline runs jobs, each in a directory of its own.
type pipeline struct {
	*workspace
	hcp       *hcpfake.Server
	artifacts string // a directory
	job       string // the directory of the job
}

// newPipeline returns a pipeline with these variables, in which a workload can sign in as
// nothing but the identity that they name.
func newPipeline(t *testing.T, variables map[string]string, programs ...string) *pipeline {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the services run these jobs on Linux")
	}
	for _, program := range append(programs, "bash") {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("there is no %s", program)
		}
	}
	w, hcp := newWorkspace(t, "")
	delete(w.env, "HCP_CLIENT_ID")
	delete(w.env, "HCP_CLIENT_SECRET")
	maps.Copy(w.env, variables)
	w.env["TF_VAR_hcp_token_file"] = filepath.Join(w.dir, "token.jwt") // not in /tmp, which other tests share
	hcp.Update(func(s *hcpfake.Seed) {
		s.Clients = []hcpfake.Client{{ID: "ci", Secret: exampleSecret, WorkloadProvider: variables["TF_VAR_hcp_identity"], WorkloadToken: exampleToken}}
	})

	version := filepath.Join("mirror", filepath.FromSlash(sourceAddress(t)), "1.2.3")
	w.link(t, filepath.Join(providerDir, providerProgram("packer")), filepath.Join(version, runtime.GOOS+"_"+runtime.GOARCH, providerProgram("packer")))
	w.write(t, "terraform.rc", terraformcli.FilesystemMirror(filepath.Join(w.dir, "mirror")))
	w.link(t, terraformPath, filepath.Join("programs", "terraform"))
	w.env["PATH"] = filepath.Join(w.dir, "programs") + string(os.PathListSeparator) + w.env["PATH"]
	return &pipeline{workspace: w, hcp: hcp, artifacts: t.TempDir()}
}

func (w *workspace) link(t *testing.T, target, name string) {
	t.Helper()
	name = filepath.Join(w.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.Symlink(target, name)); err != nil {
		t.Fatal(err)
	}
}

// nextJob begins a job, on another machine than the one before.
func (p *pipeline) nextJob(t *testing.T) {
	t.Helper()
	p.job = t.TempDir()
	p.hcp.ResetRequests()
	if err := os.Remove(p.env["TF_VAR_hcp_token_file"]); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

// checkOut puts the guide's configuration, and a data source, into the job's directory.
func (p *pipeline) checkOut(t *testing.T) {
	t.Helper()
	config := requireProvider(t) + string(read(t, ciExamples+"provider.tf")) + readConfig
	if err := os.WriteFile(filepath.Join(p.job, "main.tf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *pipeline) keep(t *testing.T, artifact string) {
	t.Helper()
	if err := os.Rename(filepath.Join(p.job, artifact), filepath.Join(p.artifacts, artifact)); err != nil {
		t.Fatal(err)
	}
}

func (p *pipeline) fetch(t *testing.T, artifact string) {
	t.Helper()
	if err := os.Rename(filepath.Join(p.artifacts, artifact), filepath.Join(p.job, artifact)); err != nil {
		t.Fatal(err)
	}
}

// script runs commands in the job's directory until one fails.
func (p *pipeline) script(t *testing.T, commands string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", "-e", "-c", commands)
	command.Dir = p.job
	for name, value := range p.env {
		command.Env = append(command.Env, name+"="+value)
	}
	output, err := command.CombinedOutput()
	t.Logf("%s\n%s", commands, output)
	if err != nil {
		t.Fatal(err)
	}
	return string(output)
}

// wantReads tests whether the job read from HCP Packer.
func (p *pipeline) wantReads(t *testing.T, want bool) {
	t.Helper()
	if got := operations(p.hcp); slices.Contains(got, "GetChannel") != want || !want && len(got) > 0 {
		t.Errorf("the job sent HCP %v", got)
	}
}

// wantApplied tests that the job applied the plan.
func (p *pipeline) wantApplied(t *testing.T) {
	t.Helper()
	if version := p.script(t, "terraform output -raw version"); version != "v7" {
		t.Errorf("the job applied %q", version)
	}
}
