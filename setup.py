"""One description for ``colcon build`` (ament_python) and ``pip install``."""

import re
from pathlib import Path

from setuptools import find_packages, setup

PACKAGE = 'lpsnet_ros'
SHARE = f'share/{PACKAGE}'
ROOT = Path(__file__).parent


def files(pattern: str) -> list:
    """Return the files of a pattern, relative to this one as setuptools wants them."""
    return [str(p.relative_to(ROOT)) for p in sorted(ROOT.glob(pattern)) if p.is_file()]


version = re.search(r"__version__ = '(.+)'", (ROOT / PACKAGE / '__init__.py').read_text())[1]

# Real rclpy and Fast DDS as wheels, for machines without ROS (a ROS machine has them from apt).
ROS_WHEELS = [
    'ros-rclpy[fastrtps]==7.1.6',
    'ros-diagnostic-msgs==5.3.6',
    'ros-sensor-msgs==5.3.6',
    'ros-std-msgs==5.3.6',
    'ros-std-srvs==5.3.6',
]

setup(
    name=PACKAGE,
    version=version,
    description='Real-time semantic segmentation of camera topics with LPS-Net',
    license='Apache-2.0',
    maintainer='The lpsnet_ros maintainers',
    maintainer_email='maintainers@example.com',
    packages=find_packages(include=[PACKAGE, f'{PACKAGE}.*']),
    python_requires='>=3.10',
    install_requires=[
        'click>=8.0',
        'numpy>=1.21',
        'opencv-python-headless>=4.5,<5',
        'safetensors>=0.4',
        'torch>=2.5',
        'tqdm>=4.60',
    ],
    extras_require={
        'ros': ROS_WHEELS,
        'train': [
            'lightning>=2.6,<3',
            'matplotlib>=3.6',
            'pillow>=9.0',
            'PyYAML>=5.4',
            'tensorboard>=2.20',
            'torchmetrics>=1.4,<2',
        ],
        'ray': ['ray>=2.9'],
        'bench': [
            'matplotlib>=3.6',
            'onnx>=1.16',
            'onnxruntime>=1.18',
            'onnxscript>=0.1',
            'openvino>=2024.4',
        ],
        'test': ['pytest>=7.4', 'pytest-timeout>=2.2', 'ruff==0.17.6'],
    },
    package_data={f'{PACKAGE}.engine': ['kernels.c']},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{PACKAGE}']),
        (SHARE, ['package.xml']),
        (f'{SHARE}/launch', files('launch/*.launch.py')),
        (f'{SHARE}/config', files('config/*')),
        (f'{SHARE}/models', files('models/*')),
    ],
    entry_points={
        'console_scripts': [
            'lpsnet = lpsnet_ros.cli.main:main',
            'lpsnet_node = lpsnet_ros.nodes.lpsnet_node:main',
            'replay_camera = lpsnet_ros.nodes.replay_camera:main',
        ],
    },
    zip_safe=False,
)
