package hcpfake

import (
	"cmp"
	"fmt"

	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
)

func (c *call) getRegistry() (any, error) {
	return &models.HashicorpCloudPacker20230101GetRegistryResponse{Registry: c.project.Registry}, nil
}

// createRegistry creates an active registry, of the standard tier by default.
func (c *call) createRegistry(body *models.HashicorpCloudPacker20230101CreateRegistryBody) (any, error) {
	if c.project.Registry != nil {
		return nil, existsf("Error: The registry of project %s already exists.", c.project.ID)
	}
	r := ActiveRegistry()
	r.ID, r.Location, r.CreatedAt, r.UpdatedAt = c.newID(), c.location(), c.timestamp(), c.timestamp()
	r.Config.FeatureTier = cmp.Or(body.FeatureTier, r.Config.FeatureTier)
	c.project.Registry = r
	return &models.HashicorpCloudPacker20230101CreateRegistryResponse{Registry: r, Operation: c.operation(c.newID())}, nil
}

// updateRegistry updates the tier if the mask is empty or contains it, and whether
// the registry is activated if the mask contains that.
func (c *call) updateRegistry(body *models.HashicorpCloudPacker20230101UpdateRegistryBody) (any, error) {
	r, mask := c.project.Registry, fieldMask(body.UpdateMask)
	if r.Config == nil {
		r.Config = &RegistryConfig{}
	}
	if body.FeatureTier != nil && (len(mask) == 0 || mask["featuretier"]) {
		r.Config.FeatureTier = body.FeatureTier
	}
	if mask["activated"] {
		r.Config.Activated = body.Activated
	}
	r.UpdatedAt = c.timestamp()
	return &models.HashicorpCloudPacker20230101UpdateRegistryResponse{Registry: r, Operation: c.operation(c.newID())}, nil
}

func (c *call) deleteRegistry() (any, error) {
	r := c.project.Registry
	c.project.Registry, c.project.Buckets, c.project.Policies = nil, nil, nil
	return &models.HashicorpCloudPacker20230101DeleteRegistryResponse{Registry: r, Operation: c.operation(c.newID())}, nil
}

// operation returns an operation that is done. Operations are done before the fake
// responds, so it stores none, and accepts any ID.
func (c *call) operation(id string) *cloud.HashicorpCloudOperationOperation {
	return &cloud.HashicorpCloudOperationOperation{
		ID: id, Location: c.location(), CreatedAt: c.timestamp(), UpdatedAt: c.timestamp(),
		State: cloud.HashicorpCloudOperationOperationStateDONE.Pointer(),
	}
}

// getOperation also answers requests to wait for an operation.
func (c *call) getOperation() (any, error) {
	return &struct {
		Operation *cloud.HashicorpCloudOperationOperation `json:"operation"`
	}{c.operation(c.params["operation"])}, nil
}

// runTask returns the configuration of HCP Terraform's run tasks, with defaults.
func (s scope) runTask() *models.HashicorpCloudPacker20230101RegistryTFCRunTaskConfig {
	var task models.HashicorpCloudPacker20230101RegistryTFCRunTaskConfig
	if config := s.project.Registry.Config.TfcRunTaskConfig; config != nil {
		task = *config
	}
	task.APIID = cmp.Or(task.APIID, newULID(s.project.ID, "run task"))
	task.HmacKey = cmp.Or(task.HmacKey, newULID(s.project.ID, "run task key"))
	return &task
}

// getRunTask returns the URL and the HMAC key for run tasks. The fake does not
// serve run tasks, and the form of the URL is its own.
func (c *call) getRunTask() (any, error) {
	if task := c.params["task"]; task != "validation" {
		return nil, invalidf("unknown task type %q", task)
	}
	task := c.runTask()
	return &models.HashicorpCloudPacker20230101GetRegistryTFCRunTaskAPIResponse{
		APIURL: fmt.Sprintf("https://%s/packer/runtasks/%s", c.request.Host, task.APIID), HmacKey: task.HmacKey,
	}, nil
}

func (c *call) regenerateRunTaskKey() (any, error) {
	task := c.runTask()
	task.HmacKey = c.newID()
	c.project.Registry.Config.TfcRunTaskConfig = task
	return &models.HashicorpCloudPacker20230101RegenerateTFCRunTaskHmacKeyResponse{HmacKey: task.HmacKey}, nil
}

func (c *call) getRunTaskConfig() (any, error) {
	return &models.HashicorpCloudPacker20230101GetRunTaskConfigResponse{OnUntrackedImage: c.runTask().OnUntrackedImage}, nil
}

func (c *call) updateRunTaskConfig(body *models.HashicorpCloudPacker20230101UpdateRunTaskConfigBody) (any, error) {
	task := c.runTask()
	task.OnUntrackedImage = body.OnUntrackedImage
	c.project.Registry.Config.TfcRunTaskConfig = task
	return &models.HashicorpCloudPacker20230101UpdateRunTaskConfigResponse{OnUntrackedImage: task.OnUntrackedImage}, nil
}
