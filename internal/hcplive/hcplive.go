// Package hcplive connects tests to a project in the real HCP, as configured by
// environment variables.
package hcplive

import (
	"cmp"
	"os"
	"testing"

	httptransport "github.com/go-openapi/runtime/client"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/project_service"
	"github.com/hashicorp/hcp-sdk-go/config"
	"github.com/hashicorp/hcp-sdk-go/config/geography"
	"github.com/hashicorp/hcp-sdk-go/httpclient"
	"github.com/hashicorp/hcp-sdk-go/profile"
)

// Project is an HCP project whose registry tests can read.
type Project struct {
	// Config is the SDK's configuration for the service principal with
	// ClientID and ClientSecret.
	Config         config.HCPConfig
	ClientID       string
	ClientSecret   string
	AuthURL        string // base URL of the token endpoint
	OrganizationID string
	ProjectID      string
	Bucket         string
	// Channel is assigned to a version that is not revoked.
	Channel string
	// RevokedChannel is assigned to a revoked version, and EmptyChannel is
	// unassigned. Both belong to Bucket, and are "" if not configured.
	RevokedChannel, EmptyChannel string
}

// Open returns the project configured by environment variables. It skips the test
// unless TF_ACC and PACKER_ACC_BUCKET are set, because HCP bills channel reads. If
// they are set but another required variable is not, the test fails.
//
// Open sets HOME to a temporary directory, because the SDK caches tokens there. It
// disables the SDK's browser login.
func Open(t *testing.T) Project {
	t.Helper()
	if os.Getenv("TF_ACC") == "" || os.Getenv("PACKER_ACC_BUCKET") == "" {
		t.Skip("to test against HCP, set TF_ACC, HCP_CLIENT_ID, HCP_CLIENT_SECRET, HCP_PROJECT_ID, " +
			"PACKER_ACC_BUCKET and PACKER_ACC_CHANNEL")
	}
	required := func(name string) string {
		value := os.Getenv(name)
		if value == "" {
			t.Fatalf("PACKER_ACC_BUCKET is set, but %s is not", name)
		}
		return value
	}
	p := Project{
		ClientID:       required("HCP_CLIENT_ID"),
		ClientSecret:   required("HCP_CLIENT_SECRET"),
		OrganizationID: os.Getenv("HCP_ORGANIZATION_ID"),
		ProjectID:      required("HCP_PROJECT_ID"),
		Bucket:         required("PACKER_ACC_BUCKET"),
		Channel:        required("PACKER_ACC_CHANNEL"),
		RevokedChannel: os.Getenv("PACKER_ACC_REVOKED_CHANNEL"),
		EmptyChannel:   os.Getenv("PACKER_ACC_EMPTY_CHANNEL"),
	}
	geo := geography.NewConfigUS()
	if os.Getenv("HCP_GEOGRAPHY") == string(geography.EU) {
		geo = geography.NewConfigEU()
	}
	p.AuthURL = cmp.Or(os.Getenv("HCP_AUTH_URL"), geo.AuthURL)
	t.Setenv("HOME", t.TempDir())
	var err error
	p.Config, err = config.NewHCPConfig(config.FromEnv(), config.WithoutBrowserLogin(),
		config.WithProfile(&profile.UserProfile{})) // With a location in the profile, the SDK would rewrite paths.
	if err != nil {
		t.Fatal(err)
	}
	if p.OrganizationID == "" {
		p.OrganizationID = p.organization(t)
	}
	return p
}

// organization returns the ID of the project's organization.
func (p Project) organization(t *testing.T) string {
	t.Helper()
	resp, err := project_service.New(Runtime(t, p.Config), nil).
		ProjectServiceGet(project_service.NewProjectServiceGetParams().WithID(p.ProjectID), nil)
	if err != nil {
		t.Fatalf("looking up the organization of project %s: %v", p.ProjectID, err)
	}
	project := resp.Payload.Project
	if project == nil || project.Parent == nil || project.Parent.ID == "" {
		t.Fatalf("project %s has no organization", p.ProjectID)
	}
	return project.Parent.ID
}

// Runtime returns the transport for the SDK's clients. It never logs bodies.
func Runtime(t *testing.T, cfg config.HCPConfig) *httptransport.Runtime {
	t.Helper()
	runtime, err := httpclient.New(httpclient.Config{HCPConfig: cfg, SourceChannel: "terraform-provider-packer-test"})
	if err != nil {
		t.Fatal(err)
	}
	runtime.SetDebug(false) // The SDK logs bodies if DEBUG is set.
	return runtime
}
