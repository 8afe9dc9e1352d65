package provider

import (
	"context"
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/hashicorp/terraform-provider-packer/internal/registry"
)

// imageIDFunction selects one image from a list of image objects. It is pure and
// makes no requests.
type imageIDFunction struct{}

func newImageIDFunction() function.Function { return imageIDFunction{} }

func (imageIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "image_id"
}

// The positions of the function's arguments.
const (
	imagesArgument int64 = iota
	cloudProviderArgument
	regionArgument
	componentTypeArgument
)

func (imageIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "The ID of the image for a cloud provider and a region",
		MarkdownDescription: "Returns the ID of the image for a cloud provider and a region, and optionally a component type, from the " +
			"attribute `images` of the data source `packer_image_iteration`. It is an error if no image matches, or if images " +
			"with different IDs do.",
		Parameters: []function.Parameter{
			function.ListParameter{
				Name: "images",
				MarkdownDescription: "The images to choose from, such as `data.packer_image_iteration.example.images`: objects with " +
					"`image_id`, `cloud_provider`, `region` and `component_type`.",
				ElementType: types.ObjectType{AttrTypes: map[string]attr.Type{
					"image_id":       types.StringType,
					"cloud_provider": types.StringType,
					"region":         types.StringType,
					"component_type": types.StringType,
				}},
			},
			function.StringParameter{
				Name:                "cloud_provider",
				MarkdownDescription: "The platform that the image runs on, such as `aws`.",
			},
			function.StringParameter{
				Name:                "region",
				MarkdownDescription: "The region as the cloud provider names it, such as `eu-central-1`.",
			},
		},
		VariadicParameter: function.StringParameter{
			Name:                "component_type",
			MarkdownDescription: "The Packer source that was built, such as `amazon-ebs.ubuntu`. At most one.",
		},
		Return: function.StringReturn{},
	}
}

// imageObject is an element of the argument images.
type imageObject struct {
	ImageID       types.String `tfsdk:"image_id"`
	CloudProvider types.String `tfsdk:"cloud_provider"`
	Region        types.String `tfsdk:"region"`
	ComponentType types.String `tfsdk:"component_type"`
}

func (imageIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var (
		images         []*imageObject // nil for null
		selector       registry.Selector
		componentTypes []string
	)
	if resp.Error = req.Arguments.Get(ctx, &images, &selector.CloudProvider, &selector.Region, &componentTypes); resp.Error != nil {
		return
	}
	if resp.Error = completeSelector(&selector, componentTypes); resp.Error != nil {
		return
	}
	id, err := selector.ImageID(newBuilds(images))
	if err != nil {
		resp.Error = selectionFuncError(err)
		return
	}
	resp.Error = resp.Result.Set(ctx, id)
}

// completeSelector sets the component type. It rejects empty strings, because a
// selector's empty field matches everything.
func completeSelector(selector *registry.Selector, componentTypes []string) *function.FuncError {
	switch {
	case selector.CloudProvider == "":
		return function.NewArgumentFuncError(cloudProviderArgument, "The cloud provider must not be empty")
	case selector.Region == "":
		return function.NewArgumentFuncError(regionArgument, "The region must not be empty")
	case len(componentTypes) > 1:
		return function.NewArgumentFuncError(componentTypeArgument+1, "Give one component type, or none")
	case len(componentTypes) == 1 && componentTypes[0] == "":
		return function.NewArgumentFuncError(componentTypeArgument, "The component type must not be empty; leave it out to select any")
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
func selectionFuncError(err error) *function.FuncError {
	var (
		noMatch   *registry.NoMatchError
		ambiguous *registry.AmbiguousError
	)
	switch {
	case errors.As(err, &noMatch) && len(noMatch.Builds) == 0:
		return function.NewArgumentFuncError(imagesArgument, "There are no images to choose from")
	case errors.As(err, &noMatch):
		argument := map[registry.Criterion]int64{
			registry.ByCloudProvider: cloudProviderArgument,
			registry.ByRegion:        regionArgument,
			registry.ByComponentType: componentTypeArgument,
		}[noMatch.Criterion]
		return function.NewArgumentFuncError(argument, trimPeriod("No image matches.\n\n"+noMatchDetail(noMatch)))
	case errors.As(err, &ambiguous):
		return function.NewArgumentFuncError(imagesArgument, trimPeriod(ambiguousDetail(ambiguous)))
	default:
		return function.NewFuncError(err.Error())
	}
}

// trimPeriod removes the last period, because Terraform adds one to the errors of
// functions.
func trimPeriod(text string) string { return strings.TrimSuffix(text, ".") }
