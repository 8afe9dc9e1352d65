package hcpfake

import (
	"cmp"
	"fmt"

	"github.com/go-openapi/strfmt"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"
)

// scope is what a request refers to. Fields are nil below that: only the first two
// are set for a request that refers to the registry.
type scope struct {
	org     *Organization
	project *Project
	bucket  *Bucket
	channel *Channel
	version *Version
	build   *Build
}

// inProject returns the scope of a request to a project.
func (c *call) inProject() (scope, error) {
	orgID, projectID := c.params["organization"], c.params["project"]
	if err := c.mayRead(projectID); err != nil {
		return scope{}, err
	}
	org := c.state.organization(orgID)
	p := org.project(projectID)
	if p == nil {
		return scope{}, notFoundf("project %q not found in organization %q", projectID, orgID)
	}
	return scope{org: org, project: p}, nil
}

// registry returns the scope of a request to a project's registry.
func (c *call) registry() (scope, error) {
	s, err := c.inProject()
	if err == nil && s.project.Registry == nil {
		err = notFoundf("no HCP Packer registry found in project %q", s.project.ID)
	}
	return s, err
}

// activeRegistry is like registry, but fails if the registry is not activated.
// Only operations on the registry itself work if it is inactive.
func (c *call) activeRegistry() (scope, error) {
	s, err := c.registry()
	if err != nil {
		return s, err
	}
	if config := s.project.Registry.Config; config == nil || !config.Activated {
		return s, failedf("Registry not activated. Activate the HCP Packer registry of project %q to use it.", s.project.ID)
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

// createRegistry creates an active registry, of the standard tier by default.
func (c *call) createRegistry() (any, error) {
	s, err := c.inProject()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101CreateRegistryBody](c)
	if err != nil {
		return nil, err
	}
	if s.project.Registry != nil {
		return nil, existsf("Error: The registry of project %s already exists.", s.project.ID)
	}
	r := ActiveRegistry()
	r.ID = c.newID()
	r.Location = location(s.org, s.project)
	r.CreatedAt, r.UpdatedAt = strfmt.DateTime(c.now), strfmt.DateTime(c.now)
	r.Config.FeatureTier = cmp.Or(body.FeatureTier, r.Config.FeatureTier)
	s.project.Registry = r
	return &models.HashicorpCloudPacker20230101CreateRegistryResponse{Registry: r, Operation: c.operation(s, c.newID())}, nil
}

// updateRegistry updates the tier if the mask is empty or contains it, and whether
// the registry is activated if the mask contains that.
func (c *call) updateRegistry() (any, error) {
	s, err := c.registry()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101UpdateRegistryBody](c)
	if err != nil {
		return nil, err
	}
	r, mask := s.project.Registry, fieldMask(body.UpdateMask)
	if r.Config == nil {
		r.Config = &RegistryConfig{}
	}
	if body.FeatureTier != nil && (len(mask) == 0 || mask["featuretier"]) {
		r.Config.FeatureTier = body.FeatureTier
	}
	if mask["activated"] {
		r.Config.Activated = body.Activated
	}
	r.UpdatedAt = strfmt.DateTime(c.now)
	return &models.HashicorpCloudPacker20230101UpdateRegistryResponse{Registry: r, Operation: c.operation(s, c.newID())}, nil
}

func (c *call) deleteRegistry() (any, error) {
	s, err := c.registry()
	if err != nil {
		return nil, err
	}
	r := s.project.Registry
	s.project.Registry, s.project.Buckets = nil, nil
	return &models.HashicorpCloudPacker20230101DeleteRegistryResponse{Registry: r, Operation: c.operation(s, c.newID())}, nil
}

// operation returns an operation that is done. All are done before they are
// answered, so the fake keeps none, and takes every ID for that of one.
func (c *call) operation(s scope, id string) *cloud.HashicorpCloudOperationOperation {
	return &cloud.HashicorpCloudOperationOperation{
		ID:        id,
		Location:  location(s.org, s.project),
		State:     cloud.HashicorpCloudOperationOperationStateDONE.Pointer(),
		CreatedAt: strfmt.DateTime(c.now),
		UpdatedAt: strfmt.DateTime(c.now),
	}
}

func (c *call) getOperation() (any, error) {
	s, err := c.inProject()
	if err != nil {
		return nil, err
	}
	return &operationResponse{Operation: c.operation(s, c.params["operation"])}, nil
}

// operationResponse answers requests to get an operation and to wait for it.
type operationResponse struct {
	Operation *cloud.HashicorpCloudOperationOperation `json:"operation"`
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
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	if task := c.params["task"]; task != "validation" {
		return nil, invalidf("unknown task type %q", task)
	}
	return &models.HashicorpCloudPacker20230101GetRegistryTFCRunTaskAPIResponse{
		APIURL:  fmt.Sprintf("https://%s/packer/runtasks/%s", c.request.Host, s.runTask().APIID),
		HmacKey: s.runTask().HmacKey,
	}, nil
}

func (c *call) regenerateRunTaskKey() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	task := s.runTask()
	task.HmacKey = c.newID()
	s.project.Registry.Config.TfcRunTaskConfig = task
	return &models.HashicorpCloudPacker20230101RegenerateTFCRunTaskHmacKeyResponse{HmacKey: task.HmacKey}, nil
}

func (c *call) getRunTaskConfig() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	return &models.HashicorpCloudPacker20230101GetRunTaskConfigResponse{OnUntrackedImage: s.runTask().OnUntrackedImage}, nil
}

func (c *call) updateRunTaskConfig() (any, error) {
	s, err := c.activeRegistry()
	if err != nil {
		return nil, err
	}
	body, err := decodeBody[models.HashicorpCloudPacker20230101UpdateRunTaskConfigBody](c)
	if err != nil {
		return nil, err
	}
	task := s.runTask()
	task.OnUntrackedImage = body.OnUntrackedImage
	s.project.Registry.Config.TfcRunTaskConfig = task
	return &models.HashicorpCloudPacker20230101UpdateRunTaskConfigResponse{OnUntrackedImage: task.OnUntrackedImage}, nil
}
