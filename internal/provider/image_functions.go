package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// This file has what the functions image_id and image_ids share.

// imagesArgument is the position of the argument images.
const imagesArgument int64 = 0

// argumentPositions maps the criteria that a function takes to the positions of
// their arguments.
type argumentPositions map[registry.Criterion]int64

func imagesParameter() function.Parameter {
	return function.ListParameter{
		Name: "images",
		MarkdownDescription: "The images to choose from, such as `data.packer_image_iteration.example.images`: objects with " +
			"`image_id`, `cloud_provider`, `region` and `component_type`.",
		ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
			"image_id":       types.StringType,
			"cloud_provider": types.StringType,
			"region":         types.StringType,
			"component_type": types.StringType,
		}},
	}
}

func cloudProviderParameter() function.Parameter {
	return function.StringParameter{
		Name:                "cloud_provider",
		MarkdownDescription: "The platform that the image runs on, such as `aws`.",
	}
}

func componentTypeParameter() function.Parameter {
	return function.StringParameter{
		Name:                "component_type",
		MarkdownDescription: "The Packer source that was built, such as `amazon-ebs.ubuntu`. At most one.",
	}
}

// imageObject is an element of the argument images.
type imageObject struct {
	ImageID       types.String `tfsdk:"image_id"`
	CloudProvider types.String `tfsdk:"cloud_provider"`
	Region        types.String `tfsdk:"region"`
	ComponentType types.String `tfsdk:"component_type"`
}

// completeSelector sets the component type. It rejects empty strings, because a
// selector's empty field matches everything.
func completeSelector(selector *registry.Selector, componentTypes []string, at argumentPositions) *function.FuncError {
	_, takesRegion := at[registry.ByRegion]
	switch {
	case selector.CloudProvider == "":
		return function.NewArgumentFuncError(at[registry.ByCloudProvider], "The cloud provider must not be empty")
	case takesRegion && selector.Region == "":
		return function.NewArgumentFuncError(at[registry.ByRegion], "The region must not be empty")
	case len(componentTypes) > 1:
		return function.NewArgumentFuncError(at[registry.ByComponentType]+1, "Give one component type, or none")
	case len(componentTypes) == 1 && componentTypes[0] == "":
		return function.NewArgumentFuncError(at[registry.ByComponentType], "The component type must not be empty; leave it out to select any")
	case len(componentTypes) == 1:
		selector.ComponentType = componentTypes[0]
	}
	return nil
}

func newBuilds(images []*imageObject) []registry.Build {
	var builds []registry.Build
	for _, image := range images {
		if image != nil {
			builds = append(builds, registry.Build{
				CloudProvider: image.CloudProvider.ValueString(),
				ComponentType: image.ComponentType.ValueString(),
				Images:        []registry.Image{{ImageID: image.ImageID.ValueString(), Region: image.Region.ValueString()}},
			})
		}
	}
	return builds
}

// selectionFuncError reports a selection's error at the argument that caused it.
func selectionFuncError(err error, at argumentPositions) *function.FuncError {
	var (
		noMatch   *registry.NoMatchError
		ambiguous *registry.AmbiguousError
	)
	switch {
	case errors.As(err, &noMatch) && len(noMatch.Builds) == 0:
		return function.NewArgumentFuncError(imagesArgument, "There are no images to choose from")
	case errors.As(err, &noMatch):
		return function.NewArgumentFuncError(at[noMatch.Criterion], trimPeriod("No image matches.\n\n"+noMatchDetail(noMatch)))
	case errors.As(err, &ambiguous):
		return function.NewArgumentFuncError(imagesArgument, trimPeriod(ambiguousDetail(ambiguous)))
	default:
		return function.NewFuncError(err.Error())
	}
}

// trimPeriod removes the last period, because Terraform adds one to the errors of
// functions.
func trimPeriod(text string) string { return strings.TrimSuffix(text, ".") }
