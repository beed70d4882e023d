"""Installs the package where ament expects it; colcon runs this."""

from pathlib import Path

from setuptools import find_packages, setup

NAME = 'smartcam_bridge'
ROOT = Path(__file__).resolve().parent


def files_under(*folders):
    """List all files below folders of the package, relative to it.

    Listed one by one because '**' is not recursive before setuptools 62.3 (Ubuntu 22.04).
    """
    package = ROOT / NAME
    found = [path.relative_to(package) for folder in folders
             for path in package.joinpath(folder).rglob('*')
             if path.is_file() and path.suffix != '.pyc']
    return sorted(map(str, found))


def share(folder):
    """Name the data files of a folder of the tree as setuptools wants them."""
    files = sorted(path for path in ROOT.joinpath(folder).glob('*') if path.is_file())
    return f'share/{NAME}/{folder}', [str(path.relative_to(ROOT)) for path in files]


setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: files_under('web/static', 'store/migrations')},
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        share('config'),
        share('launch'),
    ],
    install_requires=['setuptools'],
    extras_require={'test': ['pytest']},  # by this colcon test knows its runner
    python_requires='>=3.10',
    zip_safe=False,
    maintainer='smartcam_bridge maintainers',
    maintainer_email='maintainers@smartcam-bridge.example',
    description='Turns a ROS 2 robot with cameras into a smart camera.',
    license='Apache-2.0',
    entry_points={
        'console_scripts': [
            'bridge = smartcam_bridge.main:main',
            'demo_scene = smartcam_bridge.companions.demo_scene:main',
            'face_embedder = smartcam_bridge.companions.face_embedder:main',
            'smartcam = smartcam_bridge.cli.main:main',
            'video_source = smartcam_bridge.companions.video_source:main',
        ],
    },
)
