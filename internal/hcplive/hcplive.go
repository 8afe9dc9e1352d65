// Package hcplive leads tests to a project of the real HCP, where the
// environment names one.
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

// Project is a project whose registry tests may read, and what is there.
type Project struct {
	// Config signs in as the service principal whose key ClientID and
	// ClientSecret are.
	Config         config.HCPConfig
	ClientID       string
	ClientSecret   string
	AuthURL        string // where Config signs in
	OrganizationID string
	ProjectID      string
	Bucket         string
	// Channel points at a version that may be used.
	Channel string
	// RevokedChannel points at a revoked version, EmptyChannel at none. Both
	// are of the same bucket, and "" where there is no such channel.
	RevokedChannel, EmptyChannel string
}

// Open returns the project that the environment names. It skips the test unless
// TF_ACC and PACKER_ACC_BUCKET are set, because HCP bills channel reads. Where
// they are set but something else is missing, the test fails, so that a mistake
// does not pass for a success.
//
// The SDK keeps its token in a HOME of the test's own, and asks for no login in
// a browser.
func Open(t *testing.T) Project {
	t.Helper()
	if os.Getenv("TF_ACC") == "" || os.Getenv("PACKER_ACC_BUCKET") == "" {
		t.Skip("no live HCP: set TF_ACC, set PACKER_ACC_BUCKET and PACKER_ACC_CHANNEL to what may be read, " +
			"and HCP_CLIENT_ID, HCP_CLIENT_SECRET and HCP_PROJECT_ID to who may read it and where")
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
		config.WithProfile(&profile.UserProfile{})) // With a location in it, the SDK would change paths.
	if err != nil {
		t.Fatal(err)
	}
	if p.OrganizationID == "" {
		p.OrganizationID = p.organization(t)
	}
	return p
}

// organization looks up the organization of the project.
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

// Runtime returns what the SDK's clients are made of.
func Runtime(t *testing.T, cfg config.HCPConfig) *httptransport.Runtime {
	t.Helper()
	runtime, err := httpclient.New(httpclient.Config{HCPConfig: cfg, SourceChannel: "terraform-provider-packer-test"})
	if err != nil {
		t.Fatal(err)
	}
	runtime.SetDebug(false) // The SDK would dump bodies where DEBUG is set.
	return runtime
}
