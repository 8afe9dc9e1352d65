package hcpfake

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"google.golang.org/grpc/codes"
)

// scope is what a request to the Packer service refers to. Its bucket is nil if
// the request refers to the registry.
type scope struct {
	org     *Organization
	project *Project
	bucket  *Bucket
}

// registry returns the scope of a request to a project's registry.
func (c *call) registry() (scope, error) {
	orgID, projectID := c.params["organization"], c.params["project"]
	if err := c.mayRead(projectID); err != nil {
		return scope{}, err
	}
	org := c.state.organization(orgID)
	p := org.project(projectID)
	if p == nil {
		return scope{}, notFoundf("project %q not found in organization %q", projectID, orgID)
	}
	if p.Registry == nil {
		return scope{}, notFoundf("no HCP Packer registry found in project %q", projectID)
	}
	return scope{org: org, project: p}, nil
}

// activeRegistry is like registry, but fails if the registry is not activated.
// Only GetRegistry works on inactive registries.
func (c *call) activeRegistry() (scope, error) {
	s, err := c.registry()
	if err != nil {
		return s, err
	}
	if config := s.project.Registry.Config; config == nil || !config.Activated {
		return s, statusErrorf(http.StatusBadRequest, codes.FailedPrecondition, "Registry not activated. Activate the HCP Packer registry of project %q to use it.", s.project.ID)
	}
	return s, nil
}

func (c *call) getRegistry() (any, error) {
	s, err := c.registry()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRegistryResponse{Registry: s.project.Registry}, nil
}

func (c *call) getRunTask() (any, error) {
	url, key, err := c.runTask()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRegistryTFCRunTaskAPIResponse{APIURL: url, HmacKey: key}, nil
}

// runTask returns the URL and the HMAC key for HCP Terraform's run tasks. The fake
// does not serve run tasks, and the form of the URL is its own.
func (c *call) runTask() (url, key string, err error) {
	s, err := c.activeRegistry()
	if err != nil {
		return "", "", err
	}
	if task := c.params["task"]; task != "validation" {
		return "", "", invalidf("unknown task type %q", task)
	}
	id, key := newULID(s.project.ID, "run task"), newULID(s.project.ID, "run task key")
	if config := s.project.Registry.Config.TfcRunTaskConfig; config != nil {
		id, key = cmp.Or(config.APIID, id), cmp.Or(config.HmacKey, key)
	}
	return fmt.Sprintf("https://%s/packer/runtasks/%s", c.request.Host, id), key, nil
}
