//! Asks a Vulkan driver what it made of a kernel, through `VK_KHR_pipeline_executable_properties`.
//!
//! Does not run the kernel: the driver may well compile for a card that is not there.
//!
//! Vulkan's interface is unsafe throughout, which is why this is the only module of the build helper with `unsafe` code.
#![allow(unsafe_code)]

use std::ffi::CStr;

use anyhow::{Context as _, Result, bail};
use ash::{khr, vk};

/// What a driver says about a compiled kernel.
pub(super) struct Compiled {
    /// Name and value of each figure.
    pub(super) statistics: Vec<(String, u64)>,
    /// The machine code as text; empty if the driver does not tell.
    pub(super) assembly: String,
}

/// A driver that has been opened on its first card.
pub(super) struct Driver {
    /// Keeps the loader's library.
    _entry: ash::Entry,
    instance: ash::Instance,
    device: ash::Device,
    properties: khr::pipeline_executable_properties::Device,
    /// Card and driver.
    pub(super) name: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // SAFETY: both were made by `open`, all that was made from them is gone, and nobody else holds them.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}

/// A fixed array of C characters as text.
fn text(chars: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().map(|c| c.cast_unsigned()).collect();
    CStr::from_bytes_until_nul(&bytes)
        .map_or_else(|_| String::new(), |s| s.to_string_lossy().into_owned())
}

impl Driver {
    /// Opens the first card of whichever driver the environment names.
    pub(super) fn open() -> Result<Self> {
        // SAFETY: loading the Vulkan loader runs its initialisers, which is what it is for.
        let entry = unsafe { ash::Entry::load() }.context("there is no Vulkan loader")?;
        let application = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_2);
        let create = vk::InstanceCreateInfo::default().application_info(&application);
        // SAFETY: the structures live until the call returns and hold no dangling pointers.
        let instance = unsafe { entry.create_instance(&create, None) }
            .context("the Vulkan driver cannot be opened")?;
        // SAFETY: the instance was just made.
        let devices = unsafe { instance.enumerate_physical_devices() }.unwrap_or_default();
        let opened = devices
            .first()
            .context("the Vulkan driver has no card")
            .and_then(|physical| Self::open_device(&instance, *physical));
        match opened {
            Ok((device, name)) => {
                let properties =
                    khr::pipeline_executable_properties::Device::new(&instance, &device);
                Ok(Self {
                    _entry: entry,
                    instance,
                    device,
                    properties,
                    name,
                })
            }
            Err(error) => {
                // SAFETY: nothing was made from the instance that still lives.
                unsafe { instance.destroy_instance(None) };
                Err(error)
            }
        }
    }

    fn open_device(
        instance: &ash::Instance,
        physical: vk::PhysicalDevice,
    ) -> Result<(ash::Device, String)> {
        let mut driver = vk::PhysicalDeviceDriverProperties::default();
        let mut properties = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
        // SAFETY: the physical device comes from this instance; the chain is valid for the call.
        unsafe { instance.get_physical_device_properties2(physical, &mut properties) };
        let card = text(&properties.properties.device_name);
        let name = format!("{card}, {}", text(&driver.driver_info));

        let priorities = [1.0];
        let queues = [vk::DeviceQueueCreateInfo::default()
            .queue_family_index(0)
            .queue_priorities(&priorities)];
        let extensions = [khr::pipeline_executable_properties::NAME.as_ptr()];
        let mut executable = vk::PhysicalDevicePipelineExecutablePropertiesFeaturesKHR::default()
            .pipeline_executable_info(true);
        let features = vk::PhysicalDeviceFeatures::default().shader_int64(true);
        let create = vk::DeviceCreateInfo::default()
            .queue_create_infos(&queues)
            .enabled_extension_names(&extensions)
            .enabled_features(&features)
            .push_next(&mut executable);
        // SAFETY: everything pointed to lives until the call returns. A driver without the extension or
        // without 64-bit integers answers with an error.
        let device = unsafe { instance.create_device(physical, &create, None) }
            .context("the driver does not tell what it compiles")?;
        Ok((device, name))
    }

    /// Compiles a kernel with three bindings, two uniform and one storage buffer.
    pub(super) fn compile(&self, spirv: &[u32], entry_point: &CStr) -> Result<Compiled> {
        let binding = |binding, kind| {
            vk::DescriptorSetLayoutBinding::default()
                .binding(binding)
                .descriptor_type(kind)
                .descriptor_count(1)
                .stage_flags(vk::ShaderStageFlags::COMPUTE)
        };
        let bindings = [
            binding(0, vk::DescriptorType::UNIFORM_BUFFER),
            binding(1, vk::DescriptorType::UNIFORM_BUFFER),
            binding(2, vk::DescriptorType::STORAGE_BUFFER),
        ];
        let device = &self.device;
        // SAFETY: for the whole block: every handle is made from this device, used only with it, and destroyed once,
        // after its last use; every structure outlives the call that reads it; the SPIR-V comes from naga, which validated it.
        unsafe {
            let module = device
                .create_shader_module(&vk::ShaderModuleCreateInfo::default().code(spirv), None)?;
            let set = device.create_descriptor_set_layout(
                &vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings),
                None,
            )?;
            let sets = [set];
            let layout = device.create_pipeline_layout(
                &vk::PipelineLayoutCreateInfo::default().set_layouts(&sets),
                None,
            )?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(entry_point);
            let create = vk::ComputePipelineCreateInfo::default()
                .flags(
                    vk::PipelineCreateFlags::CAPTURE_STATISTICS_KHR
                        | vk::PipelineCreateFlags::CAPTURE_INTERNAL_REPRESENTATIONS_KHR,
                )
                .stage(stage)
                .layout(layout);
            let pipelines =
                device.create_compute_pipelines(vk::PipelineCache::null(), &[create], None);
            let compiled = match pipelines {
                Ok(pipelines) => {
                    let compiled = pipelines
                        .first()
                        .context("the driver made no pipeline")
                        .and_then(|pipeline| self.describe(*pipeline));
                    for pipeline in pipelines {
                        device.destroy_pipeline(pipeline, None);
                    }
                    compiled
                }
                Err((_, error)) => Err(error.into()),
            };
            device.destroy_pipeline_layout(layout, None);
            device.destroy_descriptor_set_layout(set, None);
            device.destroy_shader_module(module, None);
            compiled
        }
    }

    /// # Safety
    /// The pipeline must have been made from this device with both capture flags.
    unsafe fn describe(&self, pipeline: vk::Pipeline) -> Result<Compiled> {
        let info = vk::PipelineExecutableInfoKHR::default()
            .pipeline(pipeline)
            .executable_index(0);
        // SAFETY: as the caller promises; a compute pipeline has exactly one executable.
        let statistics = unsafe { self.properties.get_pipeline_executable_statistics(&info) }?;
        let statistics = statistics
            .iter()
            .filter_map(|s| {
                // SAFETY: the format says which member of the union the driver wrote.
                let value = unsafe {
                    match s.format {
                        vk::PipelineExecutableStatisticFormatKHR::UINT64 => s.value.u64,
                        vk::PipelineExecutableStatisticFormatKHR::INT64 => {
                            s.value.i64.cast_unsigned()
                        }
                        _ => return None,
                    }
                };
                Some((text(&s.name), value))
            })
            .collect();
        Ok(Compiled {
            statistics,
            // SAFETY: as above.
            assembly: unsafe { self.assembly(&info) }?,
        })
    }

    /// # Safety
    /// As [`Self::describe`].
    unsafe fn assembly(&self, info: &vk::PipelineExecutableInfoKHR<'_>) -> Result<String> {
        let call = self
            .properties
            .fp()
            .get_pipeline_executable_internal_representations_khr;
        let handle = self.device.handle();
        let mut count = 0;
        // SAFETY: as the caller promises; with no array the driver writes only the count.
        unsafe { call(handle, info, &mut count, std::ptr::null_mut()) }.result()?;
        let mut all =
            vec![vk::PipelineExecutableInternalRepresentationKHR::default(); count as usize];
        // SAFETY: the array has `count` elements; without buffers the driver writes their sizes.
        unsafe { call(handle, info, &mut count, all.as_mut_ptr()) }.result()?;
        let mut buffers: Vec<Vec<u8>> = all.iter().map(|r| vec![0; r.data_size]).collect();
        for (representation, buffer) in all.iter_mut().zip(&mut buffers) {
            representation.p_data = buffer.as_mut_ptr().cast();
        }
        // SAFETY: every buffer has the size that its element states, and lives until after the call.
        unsafe { call(handle, info, &mut count, all.as_mut_ptr()) }.result()?;
        for (representation, buffer) in all.iter().zip(buffers) {
            if text(&representation.name)
                .to_lowercase()
                .contains("assembly")
            {
                let end = buffer.iter().position(|b| *b == 0).unwrap_or(buffer.len());
                return Ok(String::from_utf8_lossy(&buffer[..end]).into_owned());
            }
        }
        bail!("the driver does not show its machine code")
    }
}
