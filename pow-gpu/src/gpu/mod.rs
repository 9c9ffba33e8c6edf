//! Graphics cards, through wgpu: finding adapters and opening them.
//!
//! Does not decide when a card is used; without a driver or a loader there are simply no adapters.

mod choice;
mod device;
mod kernel;
mod presence;
mod spirv;

use crate::device::{Device, DeviceError, DeviceKind};
use choice::ChoiceCache;
use device::WgpuDevice;
use kernel::Variant;
pub(crate) use presence::machine_has_one;
pub use spirv::SpirvError;

/// What the names of these devices begin with.
pub(crate) const NAME_PREFIX: &str = "wgpu:";

/// An adapter that is there but not opened.
pub(crate) struct Adapter {
    adapter: wgpu::Adapter,
    name: String,
    driver: String,
    kind: DeviceKind,
}

/// An adapter as its driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterInfo {
    /// What a user calls it: `wgpu:NAME`.
    pub name: String,
    /// Driver and its version; empty if unknown.
    pub driver: String,
    /// What it is.
    pub kind: DeviceKind,
}

/// An adapter opened with one of its kernels.
pub struct KernelOnDevice {
    /// How the kernel keeps 64-bit words: `vec2`, `u64` or `funnel`.
    pub kernel: &'static str,
    /// The device, or why it could not be opened.
    pub device: Result<Box<dyn Device>, DeviceError>,
}

/// Every adapter, software ones included. None if there is no driver.
pub(crate) fn all_adapters() -> Vec<Adapter> {
    let native = enumerate(wgpu::Backends::VULKAN | wgpu::Backends::METAL);
    if native.is_empty() {
        // On Windows most cards show up under Vulkan and Direct3D alike, and must not be used twice.
        enumerate(wgpu::Backends::DX12)
    } else {
        native
    }
}

/// Every adapter that is a real card.
pub(crate) fn hardware_adapters() -> Vec<Adapter> {
    let mut adapters = all_adapters();
    adapters.retain(|adapter| adapter.kind == DeviceKind::Gpu);
    adapters
}

fn enumerate(backends: wgpu::Backends) -> Vec<Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    descriptor.flags = wgpu::InstanceFlags::empty();
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters: Vec<Adapter> = Vec::new();
    for adapter in pollster::block_on(instance.enumerate_adapters(backends)) {
        let info = adapter.get_info();
        let plain = format!("{NAME_PREFIX}{}", info.name);
        let alike = adapters
            .iter()
            .filter(|a| a.name == plain || a.name.starts_with(&format!("{plain} #")))
            .count();
        let name = if alike == 0 {
            plain
        } else {
            format!("{plain} #{}", alike + 1)
        };
        let kind = match info.device_type {
            wgpu::DeviceType::Cpu => DeviceKind::SoftwareGpu,
            _ => DeviceKind::Gpu,
        };
        adapters.push(Adapter {
            name,
            driver: format!("{} {}", info.driver, info.driver_info)
                .trim()
                .to_owned(),
            kind,
            adapter,
        });
    }
    adapters
}

impl Adapter {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Opens the adapter with the kernel that is fastest on it: the one that was so last time with this driver, or else
    /// the winner of a short race.
    pub(crate) fn open(&self) -> Result<WgpuDevice, DeviceError> {
        let variants = Variant::usable(&self.adapter);
        let cache = ChoiceCache::of_user();
        let key = format!("{} | {}", self.name, self.driver);
        if let Some(variant) = cache.get(&key).filter(|v| variants.contains(v))
            && let Ok(device) = self.open_variant(variant)
        {
            return Ok(device);
        }
        let mut best: Option<(f64, Variant, WgpuDevice)> = None;
        let mut error = DeviceError::Driver("no kernel compiles".into());
        for variant in variants {
            let raced = self.open_variant(variant).and_then(|mut device| {
                let rate = device.race()?;
                Ok((rate, variant, device))
            });
            match raced {
                Ok(entry) if best.as_ref().is_none_or(|(rate, ..)| entry.0 > *rate) => {
                    best = Some(entry);
                }
                Ok(_) => {}
                Err(e) => error = e,
            }
        }
        let (_, variant, device) = best.ok_or(error)?;
        cache.put(key, variant);
        Ok(device)
    }

    /// Opens the adapter with one kernel.
    fn open_variant(&self, variant: Variant) -> Result<WgpuDevice, DeviceError> {
        WgpuDevice::new(&self.adapter, &self.name, &self.driver, self.kind, variant)
    }
}

/// See [`crate::adapters`].
pub(crate) fn adapters() -> Vec<AdapterInfo> {
    let adapters = all_adapters().into_iter();
    adapters
        .map(|adapter| AdapterInfo {
            name: adapter.name,
            driver: adapter.driver,
            kind: adapter.kind,
        })
        .collect()
}

/// See [`crate::open_every_kernel`].
pub(crate) fn open_every_kernel(name: &str) -> Vec<KernelOnDevice> {
    let wanted = name.to_lowercase();
    let mut adapters = all_adapters();
    adapters.retain(|adapter| adapter.name.to_lowercase().starts_with(&wanted));
    let mut opened = Vec::new();
    for adapter in adapters {
        for variant in Variant::usable(&adapter.adapter) {
            opened.push(KernelOnDevice {
                kernel: variant.name(),
                device: adapter
                    .open_variant(variant)
                    .map(|device| Box::new(device) as Box<dyn Device>),
            });
        }
    }
    opened
}

/// See [`crate::kernels_as_spirv`].
pub(crate) fn kernels_as_spirv() -> Result<Vec<(&'static str, Vec<u32>)>, SpirvError> {
    Variant::ALL
        .into_iter()
        .map(|variant| Ok((variant.name(), variant.spirv()?)))
        .collect()
}
