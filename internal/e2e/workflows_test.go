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
	Permissions map[string]string `yaml:"permissions"`
	Steps       []struct {
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

	runJob := func(job githubJob) {
		p.nextJob(t)
		if job.Permissions["id-token"] == "write" {
			p.env[urlVariable], p.env[tokenVariable] = tokenURL, exampleSecret
			defer delete(p.env, urlVariable)
			defer delete(p.env, tokenVariable)
		}
		for _, step := range job.Steps {
			switch action, _, _ := strings.Cut(step.Uses, "@"); action {
			case "":
				p.script(t, step.Run)
			case "actions/checkout":
				p.checkOut(t)
			case "hashicorp/setup-terraform": // It is on the PATH.
			case "actions/upload-artifact":
				p.keep(t, step.With["path"])
			case "actions/download-artifact":
				p.fetch(t, step.With["name"])
			default:
				t.Fatalf("unknown action %s", step.Uses)
			}
		}
	}
	runJob(workflow.Jobs.Plan)
	p.wantReads(t, true)
	runJob(workflow.Jobs.Apply)
	p.wantReads(t, false)
	p.wantApplied(t)
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
