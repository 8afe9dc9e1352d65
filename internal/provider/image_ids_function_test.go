package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

// runImageIDs calls the function image_ids without Terraform. Empty fields of the
// candidates are null.
func runImageIDs(t *testing.T, candidates []imageObject, cloudProvider string, componentTypes ...string) (map[string]string, *function.FuncError) {
	t.Helper()
	ctx := t.Context()
	images, diags := types.ListValueFrom(ctx, imagesParameter().GetType().(types.ListType).ElemType, candidates)
	if diags.HasError() {
		t.Fatal(diags)
	}
	variadicTypes := make([]attr.Type, len(componentTypes))
	variadic := make([]attr.Value, len(componentTypes))
	for i, componentType := range componentTypes {
		variadicTypes[i], variadic[i] = types.StringType, types.StringValue(componentType)
	}
	resp := function.RunResponse{Result: function.NewResultData(types.MapUnknown(types.StringType))}
	newImageIDsFunction().Run(ctx, function.RunRequest{Arguments: function.NewArgumentsData([]attr.Value{
		images, types.StringValue(cloudProvider), types.TupleValueMust(variadicTypes, variadic),
	})}, &resp)
	if resp.Error != nil {
		return nil, resp.Error
	}
	var ids map[string]string
	if diags := resp.Result.Value().(types.Map).ElementsAs(ctx, &ids, false); diags.HasError() {
		t.Fatal(diags)
	}
	return ids, nil
}

func TestImageIDsOfLiterals(t *testing.T) {
	t.Parallel()
	const (
		imagesAt = iota
		cloudProviderAt
		componentTypeAt
	)
	image := func(id, cloudProvider, region, componentType string) imageObject {
		orNull := func(text string) types.String {
			if text == "" {
				return types.StringNull()
			}
			return types.StringValue(text)
		}
		return imageObject{orNull(id), orNull(cloudProvider), orNull(region), orNull(componentType)}
	}
	literals := []imageObject{
		image("ami-1", "aws", "eu-central-1", "amazon-ebs.base"),
		image("ami-2", "aws", "us-east-1", "amazon-ebs.base"),
		image("ami-2", "aws", "us-east-1", "amazon-ebs.copy"),
		image("ami-3", "aws", "eu-central-1", "amazon-ebs.arm"),
		image("az-1", "azure", "westeurope", "azure-arm.base"),
		image("az-1", "azure", "westeurope", "azure-arm.copy"),
		image("az-2", "azure", "eastus", "azure-arm.base"),
		image("ami-4", "alike", "eu", "x"),
		image("ami-5", "alike", "eu", "x"),
		image("", "gce", "us", ""),
		image("ami-6", "nowhere", "", "y"),
	}
	for name, tc := range map[string]struct {
		images         []imageObject
		cloudProvider  string
		componentTypes []string
		want           map[string]string
		at             int64
		err            []string
	}{
		"every region":         {literals, "azure", nil, map[string]string{"westeurope": "az-1", "eastus": "az-2"}, 0, nil},
		"of a component":       {literals, "aws", []string{"amazon-ebs.base"}, map[string]string{"eu-central-1": "ami-1", "us-east-1": "ami-2"}, 0, nil},
		"several":              {literals, "aws", nil, nil, imagesAt, []string{"Several images match in eu-central-1", "amazon-ebs.base:  ami-1", "amazon-ebs.arm:   ami-3", "as the last argument"}},
		"none in the cloud":    {literals, "vsphere", nil, nil, cloudProviderAt, []string{"No image matches", "aws      eu-central-1  amazon-ebs.base", "Correct cloud_provider"}},
		"none of component":    {literals, "azure", []string{"amazon-ebs.arm"}, nil, componentTypeAt, []string{"No image matches", "azure    westeurope    azure-arm.base", "Correct component_type"}},
		"equal except the ID":  {literals, "alike", nil, nil, imagesAt, []string{"Several images match in eu", "component type is the same too", "labels"}},
		"without ID":           {literals, "gce", nil, nil, imagesAt, []string{"The image in us has no ID", "as the last argument"}},
		"without region":       {literals, "nowhere", nil, nil, imagesAt, []string{"has no region", "y:  ami-6", "as the last argument"}},
		"nothing":              {[]imageObject{}, "aws", nil, nil, imagesAt, []string{"There are no images to choose from"}},
		"empty cloud provider": {literals, "", nil, nil, cloudProviderAt, []string{"must not be empty"}},
		"empty component":      {literals, "aws", []string{""}, nil, componentTypeAt, []string{"must not be empty"}},
		"two components":       {literals, "aws", []string{"a", "b"}, nil, componentTypeAt + 1, []string{"one component type, or none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := runImageIDs(t, tc.images, tc.cloudProvider, tc.componentTypes...)
			if tc.err == nil {
				if err != nil || !maps.Equal(got, tc.want) {
					t.Errorf("got %v, %v; want %v", got, err, tc.want)
				}
				return
			}
			if err == nil {
				t.Fatalf("got %v and no error", got)
			}
			if err.FunctionArgument == nil || *err.FunctionArgument != tc.at {
				t.Errorf("the error is not at argument %d: %+v", tc.at, err)
			}
			if strings.HasSuffix(err.Text, ".") {
				t.Errorf("Terraform would add a second full stop: %s", err.Text)
			}
			for _, fact := range tc.err {
				if !strings.Contains(err.Text, fact) {
					t.Errorf("the error does not say %q: %s", fact, err.Text)
				}
			}
		})
	}
}

func TestImageIDsOfDataSource(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	runFunction(t, f, resource.TestStep{
		Config: readConfig + `
output "ids" {
  value = provider::packer::image_ids(data.packer_image_iteration.test.images, "aws")
}`,
		ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownOutputValue("ids", knownvalue.MapExact(map[string]knownvalue.Check{
			"eu-central-1": knownvalue.StringExact("ami-frankfurt"),
			"us-east-1":    knownvalue.StringExact("ami-virginia"),
		}))},
	})
}
