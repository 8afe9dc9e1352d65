package hcpfake_test

import (
	"testing"

	iamclient "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/iam_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/client/service_principals_service"
	iam "github.com/hashicorp/hcp-sdk-go/clients/cloud-iam/stable/2019-12-10/models"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-operation/stable/2020-05-05/client/operation_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/client/packer_service"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-packer-service/stable/2023-01-01/models"
	"github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/client/resource_service"
	rm "github.com/hashicorp/hcp-sdk-go/clients/cloud-resource-manager/stable/2019-12-10/models"
	cloud "github.com/hashicorp/hcp-sdk-go/clients/cloud-shared/v1/models"

	"github.com/hashicorp/terraform-provider-packer/internal/hcpfake"
)

func TestManageRegistry(t *testing.T) {
	inBothShapes(t, func(t *testing.T, opts ...hcpfake.Option) {
		_, clients := setup(t, append(opts, ticking())...)
		create := func(project string) (*packer_service.PackerServiceCreateRegistryOK, error) {
			return send(to{LocationOrganizationID: orgID, LocationProjectID: project, Body: &models.HashicorpCloudPacker20230101CreateRegistryBody{
				FeatureTier: models.HashicorpCloudPacker20230101RegistryConfigTierPLUS.Pointer(),
			}}, packer_service.NewPackerServiceCreateRegistryParams(), clients.packer.PackerServiceCreateRegistry)
		}
		_, err := create(projectID)
		wantError(t, err, 409, 6, "Error: The registry of project "+projectID+" already exists.")
		created := must(create(otherProject))(t).Payload
		equal(t, "activated", created.Registry.Config.Activated, true)
		equal(t, "the tier", *created.Registry.Config.FeatureTier, models.HashicorpCloudPacker20230101RegistryConfigTierPLUS)
		equal(t, "the project", created.Registry.Location.ProjectID, otherProject)
		wantDone(t, clients, created.Operation)

		update := func(body models.HashicorpCloudPacker20230101UpdateRegistryBody) *models.HashicorpCloudPacker20230101RegistryConfig {
			t.Helper()
			got := must(send(to{LocationOrganizationID: orgID, LocationProjectID: otherProject, Body: &body},
				packer_service.NewPackerServiceUpdateRegistryParams(), clients.packer.PackerServiceUpdateRegistry))(t).Payload
			wantDone(t, clients, got.Operation)
			return got.Registry.Config
		}
		standard := models.HashicorpCloudPacker20230101RegistryConfigTierSTANDARD
		got := update(models.HashicorpCloudPacker20230101UpdateRegistryBody{FeatureTier: &standard, UpdateMask: "featureTier"})
		equal(t, "the tier and activated, which the mask leaves out", *got.FeatureTier == standard && got.Activated, true)
		got = update(models.HashicorpCloudPacker20230101UpdateRegistryBody{UpdateMask: "config.activated"})
		equal(t, "activated", got.Activated, false)
		equal(t, "the tier, which the mask leaves out", *got.FeatureTier, standard)
		for _, mask := range []string{"activated", "config.activated,feature_tier"} {
			equal(t, mask, update(models.HashicorpCloudPacker20230101UpdateRegistryBody{Activated: true, UpdateMask: mask}).Activated, true)
		}

		removed := must(send(to{}, packer_service.NewPackerServiceDeleteRegistryParams(), clients.packer.PackerServiceDeleteRegistry))(t).Payload
		wantDone(t, clients, removed.Operation)
		_, err = send(to{}, packer_service.NewPackerServiceGetRegistryParams(), clients.packer.PackerServiceGetRegistry)
		wantError(t, err, 404, 5, `no HCP Packer registry found in project "`+projectID+`"`)
		succeeds(create(projectID))(t)
		_, err = clients.bucket("ubuntu")
		wantError(t, err, 404, 5, "Error: The bucket with identifier ubuntu does not exist.")
	})
}

// wantDone waits for an operation.
func wantDone(t *testing.T, clients sdkClients, operation *cloud.HashicorpCloudOperationOperation) {
	t.Helper()
	operations, timeout := operation_service.New(clients.runtime, nil), "5s"
	waited, err := operations.Wait(operation_service.NewWaitParams().WithLocationOrganizationID(operation.Location.OrganizationID).
		WithLocationProjectID(operation.Location.ProjectID).WithID(operation.ID).WithTimeout(&timeout), nil)
	check(t, err)
	got, err := operations.Get(operation_service.NewGetParams().WithLocationOrganizationID(operation.Location.OrganizationID).
		WithLocationProjectID(operation.Location.ProjectID).WithID(operation.ID), nil)
	check(t, err)
	for _, o := range []*cloud.HashicorpCloudOperationOperation{operation, waited.Payload.Operation, got.Payload.Operation} {
		if o.ID != operation.ID || *o.State != cloud.HashicorpCloudOperationOperationStateDONE || o.Error != nil {
			t.Errorf("got %+v, want it done", o)
		}
	}
}

func TestManageRunTask(t *testing.T) {
	_, clients := setup(t)
	key := func() string {
		t.Helper()
		got := must(clients.packer.PackerServiceGetRegistryTFCRunTaskAPI(packer_service.NewPackerServiceGetRegistryTFCRunTaskAPIParams().
			WithLocationOrganizationID(orgID).WithLocationProjectID(projectID).WithTaskType("validation"), nil))(t)
		return got.Payload.HmacKey
	}
	old := key()
	regenerated := must(send(to{Body: packer_service.PackerServiceRegenerateTFCRunTaskHmacKeyBody{}}, packer_service.NewPackerServiceRegenerateTFCRunTaskHmacKeyParams(), clients.packer.PackerServiceRegenerateTFCRunTaskHmacKey))(t).Payload
	if regenerated.HmacKey == old || key() != regenerated.HmacKey {
		t.Errorf("the key was %s, and is %s and %s", old, regenerated.HmacKey, key())
	}
	warn := models.HashicorpCloudPacker20230101RunTaskBehaviourWARN
	succeeds(send(to{Body: &models.HashicorpCloudPacker20230101UpdateRunTaskConfigBody{OnUntrackedImage: &warn}},
		packer_service.NewPackerServiceUpdateRunTaskConfigParams(), clients.packer.PackerServiceUpdateRunTaskConfig))(t)
	got := must(send(to{}, packer_service.NewPackerServiceGetRunTaskConfigParams(), clients.packer.PackerServiceGetRunTaskConfig))(t)
	equal(t, "the behaviour", *got.Payload.OnUntrackedImage, warn)
	equal(t, "the key, which is kept", key(), regenerated.HmacKey)
}

// The SDK sends the slashes of resource names as %2F.
func TestPolicies(t *testing.T) {
	fake, clients := setup(t)
	principals := service_principals_service.New(clients.runtime, nil)
	created, err := principals.ServicePrincipalsServiceCreateServicePrincipal(service_principals_service.NewServicePrincipalsServiceCreateServicePrincipalParams().
		WithParentResourceName("project/"+projectID).WithBody(service_principals_service.ServicePrincipalsServiceCreateServicePrincipalBody{Name: "ci"}), nil)
	check(t, err)
	principal := created.Payload.ServicePrincipal
	equal(t, "the resource name", principal.ResourceName, "iam/project/"+projectID+"/service-principal/ci")
	got, err := principals.ServicePrincipalsServiceGetServicePrincipal(service_principals_service.NewServicePrincipalsServiceGetServicePrincipalParams().WithResourceName(principal.ResourceName), nil)
	check(t, err)
	equal(t, "the ID", got.Payload.ServicePrincipal.ID, principal.ID)
	found, err := iamclient.New(clients.runtime, nil).IamServiceBatchGetPrincipals(iamclient.NewIamServiceBatchGetPrincipalsParams().
		WithOrganizationID(orgID).WithPrincipalIds([]string{"x", principal.ID}), nil)
	check(t, err)
	equal(t, "the number of principals", len(found.Payload.Principals), 1)
	equal(t, "its type", *found.Payload.Principals[0].Type, iam.HashicorpCloudIamPrincipalTypePRINCIPALTYPESERVICE)

	resources, name := resource_service.New(clients.runtime, nil), "packer/project/"+projectID+"/bucket/ubuntu"
	policy := func() *rm.HashicorpCloudResourcemanagerPolicy {
		t.Helper()
		got, err := resources.ResourceServiceGetIamPolicy(resource_service.NewResourceServiceGetIamPolicyParams().WithResourceName(&name), nil)
		check(t, err)
		return got.Payload.Policy
	}
	set := func(etag string) error {
		_, err := resources.ResourceServiceSetIamPolicy(resource_service.NewResourceServiceSetIamPolicyParams().WithBody(
			&rm.HashicorpCloudResourcemanagerResourceSetIamPolicyRequest{ResourceName: name, Policy: &rm.HashicorpCloudResourcemanagerPolicy{
				Etag:     etag,
				Bindings: []*rm.HashicorpCloudResourcemanagerPolicyBinding{{RoleID: "roles/viewer", Members: []*rm.HashicorpCloudResourcemanagerPolicyBindingMember{{MemberID: principal.ID}}}},
			}}), nil)
		return err
	}
	equal(t, "the number of bindings", len(policy().Bindings), 0)
	check(t, set(""))
	equal(t, "the member", policy().Bindings[0].Members[0].MemberID, principal.ID)
	wantError(t, set(""), 409, 10, "the policy of "+name+" has been changed")
	check(t, set(policy().Etag))
	succeeds(send(to{BucketName: "ubuntu"}, packer_service.NewPackerServiceDeleteBucketParams(), clients.packer.PackerServiceDeleteBucket))(t)
	succeeds(clients.createBucket(&createBucket{Name: "ubuntu"}))(t)
	equal(t, "the number of bindings of another bucket of that name", len(policy().Bindings), 0)
	for _, name = range []string{"packer/project/" + projectID + "/bucket/x", "project/" + projectID} {
		if _, err := resources.ResourceServiceGetIamPolicy(resource_service.NewResourceServiceGetIamPolicyParams().WithResourceName(&name), nil); err == nil {
			t.Errorf("%s has a policy", name)
		}
	}

	remove := func() error {
		_, err := principals.ServicePrincipalsServiceDeleteServicePrincipal(service_principals_service.NewServicePrincipalsServiceDeleteServicePrincipalParams().WithResourceName(principal.ResourceName), nil)
		return err
	}
	check(t, remove())
	wantError(t, remove(), 404, 5, `service principal "ci" not found`)
	equal(t, "the number of deletions", fake.Count(hcpfake.DeleteServicePrincipal), 2)
}
