package hcp

import (
	"bytes"
	"errors"
	"testing"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcp/transport"
	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// Whatever comes back, there is an iteration with an ID or an error of a known
// type, and no panic.
func FuzzResponse(f *testing.F) {
	for _, seed := range []string{
		fullResponse, `{}`, `null`, `[]`, `{"channel": null}`, `{"channel": {"id": "01"}}`,
		`{"channel": {"name": "production", "version": {"id": "01", "revoke_at": "", "builds": [null, {"artifacts": [null]}]}}}`,
		`{"channel": {"name": "production", "version": {"id": "01", "status": "VERSION_MELTED", "created_at": "0001-01-01"}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		var payload models.HashicorpCloudPacker20230101GetChannelResponse
		if err := decodeResponse(bytes.NewReader(response), &payload); err != nil {
			if transport.DecodeProblem("the response", err) == "" {
				t.Errorf("no problem is reported for %v", err)
			}
			return
		}
		iteration, err := channelIteration(queriedChannel, payload.Channel)
		var failure *registry.Failure
		var unassigned *registry.UnassignedError
		switch {
		case err == nil && iteration.ID != "":
		case err != nil && iteration == nil && (errors.As(err, &failure) || errors.As(err, &unassigned)):
		default:
			t.Errorf("got %+v, %v", iteration, err)
		}
	})
}
