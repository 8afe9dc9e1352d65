package provider

import (
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/hashicorp/terraform-provider-packer/internal/hcplive"
)

// TestAccLive reads a channel of the real HCP through Terraform and compares it with
// what the SDK reads. It runs where the environment asks for it and names a project
// (see package hcplive). It reads a channel a few times, which HCP bills.
func TestAccLive(t *testing.T) {
	project := hcplive.Open(t)
	answer, err := packer_service.New(hcplive.Runtime(t, project.Config), nil).PackerServiceGetChannel(
		packer_service.NewPackerServiceGetChannelParams().
			WithLocationOrganizationID(project.OrganizationID).WithLocationProjectID(project.ProjectID).
			WithBucketName(project.Bucket).WithChannelName(project.Channel), nil)
	if err != nil {
		t.Fatal(err)
	}
	channel := answer.Payload.Channel
	if channel == nil || channel.Version == nil {
		t.Fatalf("channel %q of bucket %q has no version", project.Channel, project.Bucket)
	}
	var images []knownvalue.Check
	for _, build := range channel.Version.Builds {
		for _, artifact := range build.Artifacts {
			images = append(images, knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"image_id": knownvalue.StringExact(artifact.ExternalIdentifier),
				"region":   knownvalue.StringExact(artifact.Region),
			}))
		}
	}
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"packer": func() (tfprotov6.ProviderServer, error) { return New("test")(), nil },
		},
		Steps: []resource.TestStep{{
			Config: configOf(map[string]string{"bucket": project.Bucket, "channel": project.Channel}),
			ConfigStateChecks: []statecheck.StateCheck{
				attribute("id", knownvalue.StringExact(channel.Version.ID)),
				attribute("version", knownvalue.StringExact(channel.Version.Name)),
				attribute("fingerprint", knownvalue.StringExact(channel.Version.Fingerprint)),
				attribute("channel_id", knownvalue.StringExact(channel.ID)),
				attribute("organization_id", knownvalue.StringExact(project.OrganizationID)),
				attribute("builds", knownvalue.ListSizeExact(len(channel.Version.Builds))),
				attribute("images", knownvalue.ListExact(images)),
			},
		}},
	})
}
