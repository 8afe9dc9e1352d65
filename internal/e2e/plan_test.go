package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

// Reading a channel takes one token and one request; applying the plan takes none.
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

// Each channel is requested once, however many data sources read it, and once
// more after a transient error.
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

// Each fingerprint is requested once, and such requests are not billed. That HCP does not
// know it, or that it is revoked, is said at each read, and remembered.
func TestRequestsOfManyReadsByFingerprint(t *testing.T) {
	const config = `
data "packer_image_iteration" "test" {
  count       = 60
  bucket      = "hardened-ubuntu-16-04"
  fingerprint = [FINGERPRINTS][count.index % 2]
}
`
	for name, tc := range map[string]struct {
		fingerprints string
		faults       int
		wantError    string
	}{
		"read":            {`"01JBM4T9WQ2ZK8X3N5R7D1FHVC", "01JB1Y7RFM4C6H9QTS2E0XKAZN"`, 0, ""},
		"transient error": {`"01JBM4T9WQ2ZK8X3N5R7D1FHVC", "01JB1Y7RFM4C6H9QTS2E0XKAZN"`, 1, ""},
		"unknown":         {`"8d1f4c2", "f03b9e7"`, 0, "Error: Fingerprint Not Found"},
		"revoked":         {`"01J9SD0KEW7B3PN5GVY8M2QHTJ", "01JB1Y7RFM4C6H9QTS2E0XKAZN"`, 0, "Error: Image Iteration Is Revoked"},
	} {
		t.Run(name, func(t *testing.T) {
			w, hcp := newWorkspace(t, strings.Replace(config, "FINGERPRINTS", tc.fingerprints, 1))
			if tc.faults > 0 {
				hcp.Inject(hcpfake.Fault{Operation: hcpfake.GetVersion, Status: 503, Times: tc.faults})
			}
			output, err := w.terraform(t, "plan", "-input=false", "-parallelism=20")
			if (err != nil) != (tc.wantError != "") || !strings.Contains(output, tc.wantError) {
				t.Errorf("the plan ended with %v, want %q", err, tc.wantError)
			}
			if reads, all := hcp.Count(hcpfake.GetVersion), hcp.Count(""); reads != 2+tc.faults || all != reads+1 || hcp.BilledCount() != 0 {
				t.Errorf("%d reads by fingerprint, %d requests in all, %d billed", reads, all, hcp.BilledCount())
			}
		})
	}
}

// The user sees every fact of a refusal, then what is safe to do, and last what is not.
func TestRefusal(t *testing.T) {
	w, _ := newWorkspace(t, strings.Replace(readConfig, "hardened-ubuntu-16-04", "web-server", 1))
	output, err := w.terraform(t, "plan", "-input=false")
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("plan ended with %v", err)
	}
	requireInOrder(
		t, output,
		"Error: Image Iteration Is Revoked", `channel = "production-stable"`,
		`Inherited from: bucket "hardened-ubuntu-16-04", iteration v5`,
		"Assign an iteration that is not revoked to the channel", "replace channel with its iteration's fingerprint",
		"run terraform destroy -refresh=false", "allow_revoked = true", "anything created or replaced then uses the revoked image",
	)
}

// Terraform shows the warnings about different iterations, and groups those about one.
func TestWarningsOfSeveralIterations(t *testing.T) {
	w, _ := newWorkspace(t, `
data "packer_image_iteration" "base" {
  count         = 2
  bucket        = "hardened-ubuntu-16-04"
  fingerprint   = "01J9SD0KEW7B3PN5GVY8M2QHTJ"
  allow_revoked = true
}

data "packer_image_iteration" "web" {
  bucket        = "web-server"
  channel       = "production-stable"
  allow_revoked = true
}
`)
	output := w.mustRun(t, "plan", "-input=false")
	for _, summary := range []string{"Image Iteration Is Revoked: hardened-ubuntu-16-04 v5", "Image Iteration Is Revoked: web-server v3"} {
		if n := strings.Count(output, "Warning: "+summary); n != 1 {
			t.Errorf("%d warnings %q", n, summary)
		}
	}
}

// A stack can still be destroyed after its iteration was revoked.
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

// A module that uses the data source and the function can be tested without HCP.
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

// An interrupt ends a read that hangs.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal to interrupt a process with")
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
			// This is the only signal that Terraform 1.0 passes on to its child
			// process, which does the work.
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

// The error for an untrusted certificate names the address.
func TestUntrustedCertificate(t *testing.T) {
	w, _ := newWorkspace(t, readConfig)
	for _, name := range []string{"SSL_CERT_FILE", "HCP_API_TLS", "HCP_AUTH_TLS"} {
		delete(w.env, name)
	}
	output, err := w.terraform(t, "plan", "-input=false")
	if err == nil {
		t.Error("the plan succeeded")
	}
	for _, fact := range []string{"HCP's Certificate Is Not Trusted", "Signing in to HCP failed", "Server: " + w.env["HCP_API_ADDRESS"], "certificate"} {
		if !strings.Contains(output, fact) {
			t.Errorf("the output does not say %q", fact)
		}
	}
}
